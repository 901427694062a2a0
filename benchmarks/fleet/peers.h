// Models of how others size a fleet, by their documented rules (docs/fleet.md names the sources). Where a
// document leaves something open, the model takes what is better for the peer.
#pragma once

#include <optional>

#include "benchmarks/fleet/scaler.h"

namespace hakoban::fleet_sim {

// Managed scaling of an ECS capacity provider.
struct CapacityProviderConfig {
  double target_capacity = 100;  // per cent
  std::int64_t minimum_step = 1;
  std::int64_t maximum_step = 10'000;
  int scale_in_minutes = 15;   // data points under the target in a row
  double scale_in_most = 0.5;  // of the group, at a time
};

// Instances needed: those that run something and, when tasks are PROVISIONING, all there are plus the largest
// number that one group of equal tasks takes.
[[nodiscard]] std::int64_t instances_needed(const Cluster& cluster);
// CapacityProviderReservation: needed / running × 100; 100 of none and none, 200 of none when some are
// needed.
[[nodiscard]] double capacity_provider_reservation(std::int64_t needed, std::int64_t running);

class CapacityProvider final : public Scaler {
 public:
  explicit CapacityProvider(CapacityProviderConfig config) : config_(config) {}
  void tick(Cluster& cluster) override;
  [[nodiscard]] std::string name() const override { return "capacity provider"; }

 private:
  void shrink(Cluster& cluster, std::int64_t needed) const;

  const CapacityProviderConfig config_;
  int low_ = 0;  // minutes
};

// Alarms on the cluster's CPUReservation and MemoryReservation, as before capacity providers: one-minute
// metrics, the group scaled in proportion, with a cooldown; hosts that leave drain first.
struct ThresholdConfig {
  double out_above = 0.80;
  double in_below = 0.65;
  int in_minutes = 15;
  Seconds cooldown = 300;
  double in_share = 0.05;  // of the hosts, at least one
};

class Threshold final : public Scaler {
 public:
  explicit Threshold(ThresholdConfig config) : config_(config) {}
  void tick(Cluster& cluster) override;
  [[nodiscard]] std::string name() const override { return "thresholds"; }

 private:
  void finish_drains(Cluster& cluster) const;

  const ThresholdConfig config_;
  int low_ = 0;
  Seconds changed_ = -10'000;
};

// Atlassian Escalator's rule.
struct EscalatorConfig {
  double scale_up = 70;     // per cent; scale_up_threshold_percent
  double taint_upper = 45;  // slow removal below
  double taint_lower = 30;  // fast removal below
  std::int64_t slow_rate = 2;
  std::int64_t fast_rate = 5;
  Seconds scan = 60;
  Seconds cool_down = 120;
  Seconds cool_down_timeout = 600;
  Seconds soft_grace = 60;
  Seconds hard_grace = 600;  // terminates then, whatever runs there
};

// No rule at all: every host that the group may have, all day. What jobs wait even so (RunTask's quota) is
// the least that a scaler can reach.
class Everything final : public Scaler {
 public:
  void tick(Cluster& cluster) override { cluster.set_desired(cluster.max()); }
  [[nodiscard]] std::string name() const override { return "all hosts, always"; }
};

// ceil((utilisation − threshold) / node worth), node worth = 100 / nodes; of no nodes 1.
[[nodiscard]] std::int64_t escalator_delta(double utilisation, double threshold, std::int64_t nodes);

class Escalator final : public Scaler {
 public:
  explicit Escalator(EscalatorConfig config) : config_(config) {}
  void tick(Cluster& cluster) override;
  [[nodiscard]] std::string name() const override { return "Escalator's rule"; }

 private:
  [[nodiscard]] bool locked(const Cluster& cluster);
  void grow(Cluster& cluster, std::int64_t delta);
  void taint(Cluster& cluster, std::int64_t count) const;
  void remove_tainted(Cluster& cluster) const;

  const EscalatorConfig config_;
  std::optional<Seconds> scaled_up_;
};

}  // namespace hakoban::fleet_sim
