#include "core/fleet/at_work.h"

#include <algorithm>
#include <map>
#include <string_view>

namespace hakoban {
namespace {

// Fewer are lost together by chance.
constexpr std::int64_t kFew = 4;

bool most_agents_gone(const FleetSnapshot& snapshot) {
  std::int64_t active = 0;
  std::int64_t gone = 0;
  for (const auto& instance : snapshot.instances) {
    if (instance.state != InstanceState::active || instance.leaving) continue;
    ++active;
    if (!instance.connected) ++gone;
  }
  return active >= kFew && gone * 2 > active;
}

std::int64_t weight_of(const FleetPool& pool, const std::string& type) {
  const auto found = std::find_if(pool.types.begin(), pool.types.end(),
                                  [&](const PoolType& each) { return each.name == type; });
  return found == pool.types.end() ? 1 : found->weight;
}

}  // namespace

bool in_doubt(const FleetSnapshot& snapshot) {
  if (most_agents_gone(snapshot)) return true;
  std::map<std::string_view, const FleetPool*> pools;
  for (const auto& pool : snapshot.pools) pools[pool.name] = &pool;
  std::map<std::string_view, std::int64_t> seen;
  for (const auto& instance : snapshot.instances) {
    const auto pool = pools.find(instance.pool);
    if (pool != pools.end()) seen[instance.pool] += weight_of(*pool->second, instance.type);
  }
  return std::any_of(snapshot.pools.begin(), snapshot.pools.end(), [&](const FleetPool& pool) {
    std::int64_t known = seen[pool.name];
    for (const auto& booting : pool.booting) known += weight_of(pool, booting.type);
    const std::int64_t expected = pool.fulfilled - pool.leaving;
    return expected >= kFew && known * 2 < expected;
  });
}

bool at_work(const FleetInstance& instance, const FleetPolicy& policy, TimePoint now, bool doubtful) {
  if (instance.state != InstanceState::active || instance.leaving) return false;
  return instance.connected || doubtful ||
         (instance.disconnected_since && now - *instance.disconnected_since < policy.agent_grace);
}

}  // namespace hakoban
