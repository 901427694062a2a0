#include "coordinator/look_log.h"

#include "platform/log.h"
#include "platform/own_metrics.h"

namespace hakoban {

LookLog::LookLog(std::string part, FleetBoard& board, const Clock& clock, prometheus::Registry& registry)
    : part_(std::move(part)),
      board_(board),
      clock_(clock),
      looks_(counter_family(registry, "hakoban_cluster_observations_total", "Looks that succeeded, by part.")
                 .Add({{"part", part_}})),
      failures_(counter_family(registry, "hakoban_cluster_observation_failures_total",
                               "Looks that failed, by part.")
                    .Add({{"part", part_}})),
      seen_at_(gauge_family(registry, "hakoban_cluster_observed_timestamp_seconds",
                            "When the part was last seen whole, seconds since 1970.")
                   .Add({{"part", part_}})),
      took_(gauge_family(registry, "hakoban_cluster_observation_seconds", "How long the last look took.")
                .Add({{"part", part_}})) {}

void LookLog::went_well(Duration took) {
  looks_.Increment();
  took_.Set(as_seconds(took));
  seen_at_.Set(as_seconds(clock_.now().time_since_epoch()));
  if (trouble_.empty()) return;
  log::info("seen again", {{"part", part_}});
  trouble_.clear();
  board_.change([&](FleetSightings& seen) { seen.problems.erase(part_); }, false);
}

void LookLog::failed(const Error& error) {
  if (error.code == Errc::cancelled) return;
  failures_.Increment();
  if (error.what == trouble_) return;
  log::error("not seen", {{"part", part_}, {"error", error}});
  trouble_ = error.what;
  board_.change([&](FleetSightings& seen) { seen.problems[part_] = error.what; });
}

}  // namespace hakoban
