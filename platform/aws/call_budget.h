// Keeps the program's calls to AWS within its share of the account's quotas, one token bucket a family of
// calls. Sources: Amazon ECS API Reference "Request throttling", EC2 API Reference "Request throttling"; the
// quotas of Auto Scaling, SQS and DynamoDB are not published or so high that they do not matter: moderate
// figures stand for the first, none for the others.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include "core/token_bucket.h"
#include "platform/aws/call_gate.h"
#include "platform/clock.h"

namespace hakoban {

// "ecs_cluster_read", "ec2_modify", …; "" for calls that no quota worth minding bounds.
[[nodiscard]] std::string_view call_family(AwsService service, std::string_view action);

// Thread-safe. Waiting in it counts as waiting for work (platform/pulse.h).
class CallBudget final : public CallGate {
 public:
  // `share` of each family's quota, 0 to 1. At least one call a second stays for what changes things.
  CallBudget(const Clock& clock, prometheus::Registry& registry, double share);

  [[nodiscard]] Result<void> admit(AwsService service, const std::string& action,
                                   std::optional<SteadyPoint> until, const std::stop_token& stop) override;
  void throttled(AwsService service, const std::string& action) override;

 private:
  struct Family {
    TokenBucket bucket;
    prometheus::Counter& calls;
    prometheus::Counter& waited;
    prometheus::Counter& throttles;
  };

  [[nodiscard]] Family* family_of(AwsService service, const std::string& action);

  const Clock& clock_;
  std::mutex mutex_;
  std::map<std::string, Family, std::less<>> families_;
};

}  // namespace hakoban
