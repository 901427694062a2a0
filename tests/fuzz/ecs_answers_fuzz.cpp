// What ECS, or whatever answered in its place, says to the agent's calls.
#include <vector>

#include "platform/aws/ecs_api.h"
#include "tests/fakes/fake_aws.h"
#include "tests/fuzz/quiet_log.h"
#include "tests/fuzz/require.h"
#include "tests/fuzz/scripted_answer.h"

namespace hakoban {
namespace {

template <class T>
void hold(const Result<T>& result, bool ok) {
  require(!result || ok);
  require(result || !result.error().what.empty());
}

void call(unsigned which, EcsApi& ecs, bool ok) {
  const std::vector<std::string> names = {"one", "two"};
  switch (which % 6) {
    case 0:
      return hold(ecs.describe_tasks("prod", names, {}), ok);
    case 1:
      return hold(ecs.describe_task_definition("web:1", {}), ok);
    case 2:
      return hold(ecs.describe_services("prod", names, {}), ok);
    case 3:
      return hold(ecs.set_instance_status("prod", "arn:instance", "DRAINING", {}), ok);
    case 4:
      return hold(ecs.instance_status("prod", "arn:instance", {}), ok);
    default:
      (void)ecs.stop_task("prod", "arn:task", "gone", {});  // of a task that is gone, an error is a success
  }
}

}  // namespace
}  // namespace hakoban

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace hakoban;
  const auto input = ScriptedAnswer::from(data, size);
  FakeAws aws;
  EcsApi ecs{aws.client, AwsRetryPolicy::none()};
  aws.http.answer_by([&](const HttpRequest&) { return input.response; });
  call(input.which, ecs, input.ok());
  return 0;
}
