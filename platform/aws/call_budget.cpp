#include "platform/aws/call_budget.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "platform/own_metrics.h"

namespace hakoban {
namespace {

struct Quota {
  std::string_view family;
  double burst;
  double per_second;
};

constexpr std::array kQuotas{
    Quota{"ecs_cluster_read", 100, 20},
    Quota{"ecs_cluster_modify", 100, 40},
    Quota{"ecs_service_read", 100, 20},
    Quota{"ecs_definition_read", 50, 20},
    Quota{"ecs_attribute_modify", 50, 20},
    Quota{"ec2_read", 100, 20},
    Quota{"ec2_modify", 50, 5},
    Quota{"autoscaling_read", 50, 10},
    Quota{"autoscaling_modify", 50, 10},
};

// What changes things is rare and must not wait for reads that were many.
constexpr double kLeastBurst = 10;
constexpr double kLeastPerSecond = 1;
// After a throttle: the quota is the account's, and others have used it up.
constexpr Duration kPauseAfterThrottle = 1s;

std::string_view ecs_family(std::string_view action) {
  if (action == "DescribeServices" || action == "ListServices") return "ecs_service_read";
  if (action == "DescribeTaskDefinition") return "ecs_definition_read";
  if (action == "PutAttributes" || action == "DeleteAttributes") return "ecs_attribute_modify";
  if (action.starts_with("Describe") || action.starts_with("List") || action.starts_with("Get"))
    return "ecs_cluster_read";
  return "ecs_cluster_modify";
}

}  // namespace

std::string_view call_family(AwsService service, std::string_view action) {
  const bool reads = action.starts_with("Describe") || action.starts_with("Get");
  switch (service) {
    case AwsService::ecs:
      return ecs_family(action);
    case AwsService::ec2:
      return reads ? "ec2_read" : "ec2_modify";
    case AwsService::autoscaling:
      return reads ? "autoscaling_read" : "autoscaling_modify";
    default:
      return "";
  }
}

CallBudget::CallBudget(const Clock& clock, prometheus::Registry& registry, double share) : clock_(clock) {
  auto& calls = counter_family(registry, "hakoban_aws_budget_calls_total",
                               "Calls that the budget let through, by family of calls.");
  auto& waited = counter_family(registry, "hakoban_aws_budget_wait_seconds_total",
                                "Time that calls waited for the budget, by family of calls.");
  auto& throttles = counter_family(registry, "hakoban_aws_budget_throttles_total",
                                   "Throttles that emptied a family's budget.");
  for (const auto& quota : kQuotas) {
    const std::map<std::string, std::string> labels{{"family", std::string{quota.family}}};
    families_.emplace(quota.family, Family{TokenBucket{std::max(kLeastBurst, quota.burst * share),
                                                       std::max(kLeastPerSecond, quota.per_second * share)},
                                           calls.Add(labels), waited.Add(labels), throttles.Add(labels)});
  }
}

CallBudget::Family* CallBudget::family_of(AwsService service, const std::string& action) {
  const auto found = families_.find(call_family(service, action));
  return found == families_.end() ? nullptr : &found->second;
}

Result<void> CallBudget::admit(AwsService service, const std::string& action,
                               std::optional<SteadyPoint> until, const std::stop_token& stop) {
  Family* family = family_of(service, action);
  if (family == nullptr) return {};
  Duration wait{};
  {
    const std::lock_guard lock{mutex_};
    const SteadyPoint now = clock_.steady();
    wait = family->bucket.take(now);
    if (until && now + wait >= *until)
      return Error{Errc::throttled,
                   fmt::format("{} {}: no call left in our own budget", name_of(service), action)};
  }
  if (wait > Duration::zero()) {
    family->waited.Increment(as_seconds(wait));
    if (!clock_.sleep(wait, stop)) return Error{Errc::cancelled, "stopped while waiting for the call budget"};
  }
  family->calls.Increment();
  return {};
}

void CallBudget::throttled(AwsService service, const std::string& action) {
  Family* family = family_of(service, action);
  if (family == nullptr) return;
  const std::lock_guard lock{mutex_};
  family->bucket.empty(clock_.steady(), kPauseAfterThrottle);
  family->throttles.Increment();
}

}  // namespace hakoban
