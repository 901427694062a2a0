// What the ECS agent, or whatever listens on its port, says of itself and its tasks.
#include "platform/ecs_introspection.h"
#include "tests/fakes/fake_http_client.h"
#include "tests/fuzz/quiet_log.h"
#include "tests/fuzz/require.h"
#include "tests/fuzz/scripted_answer.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace hakoban;
  const auto input = ScriptedAnswer::from(data, size);
  FakeHttpClient http;
  http.answer_by([&](const HttpRequest&) { return input.response; });
  EcsIntrospectionClient agent{http};
  if (input.which % 2 == 0) {
    const auto identity = agent.metadata({});
    require(!identity || input.ok());
    // A name, never an ARN: it is a label and a part of calls.
    if (identity) require(identity->cluster.find(":cluster/") == std::string::npos);
  } else {
    const auto tasks = agent.tasks({});
    require(!tasks || input.ok());
    if (tasks) {
      for (const AgentTask& task : *tasks) require(!task.arn.empty());
    }
  }
  return 0;
}
