// hakoban-coordinator on a simulated cluster: the real FleetMarks, WaitingJobs and decide_size, upon
// snapshots as its observers would take them, at their intervals.
#pragma once

#include <optional>

#include "benchmarks/fleet/scaler.h"
#include "core/fleet/decide_size.h"
#include "core/fleet/fleet_marks.h"
#include "core/fleet/waiting_jobs.h"

namespace hakoban::fleet_sim {

struct HakobanConfig {
  FleetPolicy policy;
  Seconds hosts_every = 10;  // an observation of container instances and of the pool
  Seconds services_every = 30;
};

class HakobanScaler final : public Scaler {
 public:
  explicit HakobanScaler(HakobanConfig config);

  void tick(Cluster& cluster) override;
  [[nodiscard]] std::string name() const override { return "hakoban"; }
  [[nodiscard]] std::map<std::string, double> calls() const override { return calls_; }

  // For tests.
  [[nodiscard]] const FleetDecision& last() const { return last_; }

 private:
  void hear(Cluster& cluster);
  void observe_hosts(const Cluster& cluster);
  void observe_services(const Cluster& cluster);
  void look(const Cluster& cluster);
  void decide(Cluster& cluster);
  void act(Cluster& cluster);

  const HakobanConfig config_;
  FleetMarks marks_;
  WaitingJobs jobs_;
  FleetSnapshot snapshot_;
  FleetDecision last_;
  std::vector<std::string> wanted_looks_;
  std::map<std::string, std::vector<PlacedTask>> placed_;  // the answers, until the next observation
  std::map<std::string, double> calls_;
};

}  // namespace hakoban::fleet_sim
