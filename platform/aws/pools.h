// The pools that feed a cluster with instances, whatever they are made of: Auto Scaling groups
// (scaling_groups_api.h) and Spot Fleets (spot_fleets_api.h) behind one port. Sources: Amazon EC2 Auto
// Scaling API Reference 2011-01-01, Amazon EC2 API Reference 2016-11-15.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "core/result.h"
#include "core/time.h"

namespace hakoban {

struct PoolMember {
  std::string ec2_id;
  std::string type;  // "" when the pool does not say
  std::string zone;
  std::string state;        // of the group's life cycle: "Pending:Wait", "InService", "Terminating:Wait", …
  std::int64_t weight = 1;  // in the pool's units
  bool protected_from_scale_in = false;

  [[nodiscard]] bool terminating() const { return state.starts_with("Terminat"); }
  bool operator==(const PoolMember&) const = default;
};

struct PoolTypeSpec {
  std::string name;
  std::int64_t weight = 1;

  bool operator==(const PoolTypeSpec&) const = default;
};

struct PoolStatus {
  std::string name;  // of the group, or the fleet's request id
  bool spot = false;
  bool active = true;       // false: it is being deleted or was cancelled
  std::int64_t target = 0;  // desired capacity, in units
  std::int64_t min = 0;
  std::int64_t max = 0;             // the fleet knows none: 0
  std::vector<PoolTypeSpec> types;  // as configured; empty when only a launch template knows
  std::string launch_template;      // id or name with ":version", to ask EC2 for the type; "": none
  std::vector<std::string> zones;
  std::map<std::string, std::string> tags;
  std::vector<PoolMember> members;  // terminated ones are left out

  bool operator==(const PoolStatus&) const = default;
};

// What is done to a pool. Errors: not_found (no such pool), exists (the pool is not as expected: somebody
// else changed it meanwhile), those of AwsClient.
class PoolControl {
 public:
  virtual ~PoolControl() = default;

  // The pools of these names, in one call where AWS allows; those that are gone are left out.
  [[nodiscard]] virtual Result<std::vector<PoolStatus>> describe(const std::vector<std::string>& names,
                                                                 const std::stop_token& stop) = 0;

  // Sets the target to `to` if it still is `from`. Never lowers it: `to` > `from`.
  [[nodiscard]] virtual Result<void> grow(const std::string& pool, std::int64_t from, std::int64_t to,
                                          const std::stop_token& stop) = 0;

  // Takes the member's weight off the target, so that nothing replaces it once it is terminated. Where
  // terminate() does so in one step it does nothing. Once for each member: a second call lowers again.
  [[nodiscard]] virtual Result<void> release(const std::string& pool, const PoolMember& member,
                                             const std::stop_token& stop) = 0;

  // Terminates this instance, which was released. One that is gone already is a success.
  [[nodiscard]] virtual Result<void> terminate(const std::string& pool, const PoolMember& member,
                                               const std::stop_token& stop) = 0;

  // Writes tags on the pool itself; they are not handed on to its instances.
  [[nodiscard]] virtual Result<void> tag(const std::string& pool,
                                         const std::map<std::string, std::string>& tags,
                                         const std::stop_token& stop) = 0;
};

}  // namespace hakoban
