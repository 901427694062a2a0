// What Elastic Load Balancing, or whatever answered in its place, says to the agent's calls.
#include <vector>

#include "platform/aws/elb_api.h"
#include "tests/fakes/fake_aws.h"
#include "tests/fuzz/quiet_log.h"
#include "tests/fuzz/require.h"
#include "tests/fuzz/scripted_answer.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace hakoban;
  const auto input = ScriptedAnswer::from(data, size);
  FakeAws aws;
  ElbApi elb{aws.client, AwsRetryPolicy::none()};
  aws.http.answer_by([&](const HttpRequest&) { return input.response; });
  const std::vector<TargetRef> targets = {{"arn:group", "i-1", 80}, {"arn:group", "10.0.0.9", 8080}};
  if (input.which % 3 == 0) {
    const auto health = elb.target_health("arn:group", targets, {});
    require(health || !health.error().what.empty());
    // Whoever is not told of must not be taken for out.
    if (health && input.ok()) {
      for (const TargetHealth& target : *health) require(target.out() == (target.state == "unused"));
    }
  } else if (input.which % 3 == 1) {
    const std::vector<std::string> groups = {"arn:group", "arn:other"};
    const auto facts = elb.describe_groups(groups, {});
    if (facts) {
      for (const auto& [arn, group] : *facts) require(group.deregistration_delay >= Duration{0});
    }
  } else {
    const auto done = elb.deregister_targets("arn:group", targets, {});
    require(done || !done.error().what.empty());
  }
  return 0;
}
