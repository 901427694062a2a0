#include "coordinator/decision_log.h"

#include <algorithm>

#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "coordinator/fleet_json.h"
#include "platform/compression/gzip.h"
#include "platform/log.h"
#include "platform/own_metrics.h"

namespace hakoban {
namespace {

constexpr std::size_t kWaiting = 64;  // records, while the store does not answer
constexpr int kTries = 3;

std::string dump(const nlohmann::json& json) {
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

// What was seen, in a few numbers.
nlohmann::json inputs_of(const FleetSnapshot& snapshot) {
  std::int64_t active = 0;
  std::int64_t draining = 0;
  std::int64_t disconnected = 0;
  for (const auto& instance : snapshot.instances) {
    if (instance.state == InstanceState::active) ++active;
    if (instance.state == InstanceState::draining) ++draining;
    if (!instance.connected) ++disconnected;
  }
  std::size_t booting = 0;
  for (const auto& pool : snapshot.pools) booting += pool.booting.size();
  return {{"instances_active", active},
          {"instances_draining", draining},
          {"instances_disconnected", disconnected},
          {"instances_booting", booting},
          {"services", snapshot.services.size()},
          {"jobs", snapshot.jobs.size()},
          {"problems", snapshot.problems}};
}

std::string summary(const DecisionRecord& record) {
  nlohmann::json json{{"at", format_rfc3339(record.at)},
                      {"cluster", record.snapshot.cluster},
                      {"holder", record.holder},
                      {"dry_run", record.dry_run},
                      {"inputs", inputs_of(record.snapshot)},
                      {"decision", decision_json(record.decision)},
                      {"outcomes", outcomes_json(record.outcomes)}};
  return dump(json);
}

// Reasons first: what an operator looks for in the log.
void tell(const DecisionRecord& record) {
  for (const auto& pool : record.decision.pools) {
    if (!pool.acts()) continue;
    log::info("fleet decision", {{"cluster", record.snapshot.cluster},
                                 {"pool", pool.pool},
                                 {"why", fmt::format("{}", fmt::join(pool.reasons, "; "))},
                                 {"from", pool.current},
                                 {"to", pool.target},
                                 {"undrain", pool.undrain.size()},
                                 {"drain", pool.drain.size()},
                                 {"terminate", pool.terminate.size()},
                                 {"limits", fmt::format("{}", fmt::join(pool.limits, "; "))},
                                 {"dry_run", record.dry_run}});
  }
}

}  // namespace

DecisionLog::DecisionLog(ObjectStore* store, const Clock& clock, prometheus::Registry& registry,
                         DecisionLogConfig config)
    : store_(store),
      clock_(clock),
      config_(config),
      actions_(
          counter_family(registry, "hakoban_fleet_actions_decided_total",
                         "What was decided, by pool and action: grow in units, the others in instances.")),
      turns_(counter(registry, "hakoban_fleet_decisions_total", "Times that the fleet's size was decided.")),
      holds_(counter(registry, "hakoban_fleet_holds_total",
                     "Decisions to do nothing because the cluster was not seen lately.")),
      units_(gauge_family(registry, "hakoban_fleet_units",
                          "Units of a pool as last decided: target, in_flight, min and max of the hour.")),
      reservation_(gauge_family(registry, "hakoban_fleet_reservation_ratio",
                                "Booked share of a pool's ACTIVE instances, by resource.")),
      demand_(gauge_family(
          registry, "hakoban_fleet_demand_tasks",
          "Tasks that want room: short (of services), waiting (jobs), and without_room of both.")),
      written_(counter_family(registry, "hakoban_fleet_records_total",
                              "Decision records for the store, by result: written, failed, left_out.")),
      to_write_(kWaiting) {}

void DecisionLog::record(const DecisionRecord& record) {
  count(record);
  tell(record);
  const auto& hold = record.decision.hold;
  if (hold.empty() != last_hold_.empty())
    log::info(hold.empty() ? "sizing again" : "sizing holds", {{"why", hold.empty() ? last_hold_ : hold}});
  const bool write = store_ != nullptr && worth_writing(record);
  if (write) last_written_ = record.at;
  last_hold_ = hold;
  last_refused_ = record.decision.refused;
  if (write && !to_write_.try_push(record)) written_.Add({{"result", "left_out"}}).Increment();

  Entry entry{record.decision.acts(), summary(record)};
  const std::lock_guard lock{mutex_};
  ring_.push_back(std::move(entry));
  while (ring_.size() > static_cast<std::size_t>(std::max<std::int64_t>(1, config_.ring))) ring_.pop_front();
}

bool DecisionLog::worth_writing(const DecisionRecord& record) const {
  if (record.decision.acts() || record.at - last_written_ >= config_.every) return true;
  return record.decision.hold.empty() != last_hold_.empty() ||
         record.decision.refused.size() != last_refused_.size();
}

void DecisionLog::count(const DecisionRecord& record) {
  turns_.Increment();
  if (!record.decision.hold.empty()) holds_.Increment();
  for (const auto& pool : record.decision.pools) {
    const auto add = [&](const char* action, std::size_t number) {
      actions_.Add({{"pool", pool.pool}, {"action", action}}).Increment(static_cast<double>(number));
    };
    add("grow", static_cast<std::size_t>(std::max<std::int64_t>(0, pool.target - pool.current)));
    add("undrain", pool.undrain.size());
    add("drain", pool.drain.size());
    add("terminate", pool.terminate.size());
    units_.Add({{"pool", pool.pool}, {"of", "target"}}).Set(static_cast<double>(pool.target));
    units_.Add({{"pool", pool.pool}, {"of", "in_flight"}}).Set(static_cast<double>(pool.in_flight));
    reservation_.Add({{"pool", pool.pool}, {"resource", "cpu"}}).Set(pool.cpu_reservation);
    reservation_.Add({{"pool", pool.pool}, {"resource", "memory"}}).Set(pool.memory_reservation);
  }
  for (const auto& pool : record.snapshot.pools) {
    const auto bounds = bounds_at(pool, record.policy, record.at);
    units_.Add({{"pool", pool.name}, {"of", "min"}}).Set(static_cast<double>(bounds.min));
    units_.Add({{"pool", pool.name}, {"of", "max"}}).Set(static_cast<double>(bounds.max));
  }
  if (!record.decision.hold.empty()) return;  // its counts say nothing
  demand_.Add({{"of", "short"}}).Set(static_cast<double>(record.decision.short_tasks));
  demand_.Add({{"of", "waiting"}}).Set(static_cast<double>(record.decision.waiting_jobs));
  demand_.Add({{"of", "without_room"}}).Set(static_cast<double>(record.decision.without_room));
}

void DecisionLog::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    if (const auto next = to_write_.pop(1min, stop)) write(*next, kTries, stop);
  }
  while (const auto next = to_write_.pop(0s, {})) write(*next, 1, {});
}

void DecisionLog::write(const DecisionRecord& record, int tries, const std::stop_token& stop) {
  GzipCompressor compressor{6};
  std::string body;
  compressor.append(dump(record_json(record)), body);
  const auto key = record_key(record.snapshot.cluster, record.at);
  for (int left = tries; left > 0; --left) {
    const auto put = store_->put(key, body, {"application/gzip", ""}, stop);
    if (put) return written_.Add({{"result", "written"}}).Increment();
    const bool again = left > 1 && put.error().transient() && clock_.sleep(5s, stop);
    if (again) continue;
    log::warn("decision record not written",
              {{"store", store_->name()}, {"key", key}, {"error", put.error()}});
    break;
  }
  written_.Add({{"result", "failed"}}).Increment();
}

std::vector<std::string> DecisionLog::recent(std::size_t most, bool acting_only) const {
  const std::lock_guard lock{mutex_};
  std::vector<std::string> list;
  for (auto each = ring_.rbegin(); each != ring_.rend() && list.size() < most; ++each)
    if (each->acts || !acting_only) list.push_back(each->json);
  return list;
}

std::string record_key(const std::string& cluster, TimePoint at) {
  const auto time = format_rfc3339(at);  // 2026-11-23T12:00:00.123Z
  std::string clock = time.substr(11);
  std::erase(clock, ':');
  return fmt::format("{}/dt={}/{}.json.gz", cluster, format_date(at), clock);
}

}  // namespace hakoban
