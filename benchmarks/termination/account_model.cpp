#include "benchmarks/termination/account_model.h"

#include <algorithm>
#include <cmath>

namespace hakoban::bench {

AccountModel::AccountModel(const AccountConfig& config, std::uint64_t seed) : config_(config), random_(seed) {
  for (std::size_t each = 0; each < kBuckets; ++each) levels_.at(each).tokens = config.quotas.at(each).burst;
}

bool AccountModel::take(Bucket bucket, TimePoint now) {
  const Quota& quota = config_.quotas.at(static_cast<std::size_t>(bucket));
  Level& level = levels_.at(static_cast<std::size_t>(bucket));
  if (level.at != TimePoint{}) {
    level.tokens += as_seconds(now - level.at) * std::max(0.0, quota.refill - quota.others);
    level.tokens = std::min(level.tokens, quota.burst);
  }
  level.at = now;
  if (level.tokens < 1) return false;
  level.tokens -= 1;
  return true;
}

Verdict AccountModel::judge(Bucket bucket, std::string_view action, TimePoint now) {
  CallCount& count = counts_.try_emplace(std::string{action}).first->second;
  ++count.calls;
  if (!take(bucket, now)) {
    ++count.over_quota;
    return Verdict::throttled;
  }
  const double dice = std::uniform_real_distribution<>{0, 1}(random_);
  if (dice >= config_.throttled_by_chance + config_.failed_by_chance) return Verdict::served;
  ++count.by_chance;
  if (dice < config_.throttled_by_chance) return Verdict::throttled;
  return random_() % 2 == 0 ? Verdict::failed : Verdict::served_but_failed;
}

Duration AccountModel::latency() {
  const double factor = std::exp(config_.latency_spread * std::normal_distribution<>{}(random_));
  return Duration{static_cast<Duration::rep>(static_cast<double>(config_.median_latency.count()) * factor)};
}

}  // namespace hakoban::bench
