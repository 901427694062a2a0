// The quotas of one AWS account and region, and how its APIs answer: token buckets, latency, faults by
// chance. Sources: "Request throttling for the Amazon ECS API", "Request throttling for the Elastic Load
// Balancing API"; the registration bucket (RegisterTargets, DeregisterTargets) as
// aws-load-balancer-controller paces itself.
#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <random>
#include <string>
#include <string_view>

#include "core/time.h"

namespace hakoban::bench {

enum class Bucket { ecs_modify, elb_registration, elb_read };
inline constexpr std::size_t kBuckets = 3;

struct Quota {
  double burst = 0;
  double refill = 0;  // a second
  double others = 0;  // what the rest of the account takes of it, a second
};

struct AccountConfig {
  std::array<Quota, kBuckets> quotas = {Quota{100, 40, 4}, Quota{20, 4, 0.4}, Quota{40, 10, 1}};
  double throttled_by_chance = 0.05;
  double failed_by_chance = 0.01;  // half of these have had their effect
  Duration median_latency = 80ms;
  double latency_spread = 0.8;  // of the logarithm: a hundredth takes six times the median
};

enum class Verdict { served, throttled, failed, served_but_failed };

struct CallCount {
  std::size_t calls = 0;
  std::size_t over_quota = 0;
  std::size_t by_chance = 0;  // throttled or failed without need
};

class AccountModel {
 public:
  AccountModel(const AccountConfig& config, std::uint64_t seed);

  // A call arrives. Times must not go back.
  [[nodiscard]] Verdict judge(Bucket bucket, std::string_view action, TimePoint now);
  // Of a whole exchange.
  [[nodiscard]] Duration latency();

  [[nodiscard]] const std::map<std::string, CallCount, std::less<>>& counts() const { return counts_; }

 private:
  struct Level {
    double tokens = 0;
    TimePoint at;
  };

  [[nodiscard]] bool take(Bucket bucket, TimePoint now);

  const AccountConfig config_;
  std::mt19937_64 random_;
  std::array<Level, kBuckets> levels_;
  std::map<std::string, CallCount, std::less<>> counts_;
};

}  // namespace hakoban::bench
