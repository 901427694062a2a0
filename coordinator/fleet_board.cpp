#include "coordinator/fleet_board.h"

#include <algorithm>
#include <utility>

#include "platform/pulse.h"

namespace hakoban {

FleetBoard::FleetBoard(std::string cluster, const Clock& clock) : clock_(clock) {
  seen_.cluster = std::move(cluster);
}

void FleetBoard::change(const std::function<void(FleetSightings&)>& edit, bool wake) {
  const std::lock_guard lock{mutex_};
  edit(seen_);
  forget_old(seen_, clock_.now());
  if (!wake) return;
  ++version_;
  changed_.notify_all();
}

bool FleetBoard::hear_job(const std::string& id, const std::string& pool, const TaskNeed& need,
                          TimePoint when) {
  const std::lock_guard lock{mutex_};
  if (!jobs_.hear(id, pool, need, when)) return false;
  ++version_;
  changed_.notify_all();
  return true;
}

FleetSightings FleetBoard::sightings(Duration job_silence) {
  const std::lock_guard lock{mutex_};
  seen_.jobs = jobs_.waiting(clock_.now(), job_silence);
  return seen_;
}

void FleetBoard::wish_to_see(std::vector<std::string> instances) {
  const std::lock_guard lock{mutex_};
  wishes_ = std::move(instances);
}

std::vector<std::string> FleetBoard::wishes() const {
  const std::lock_guard lock{mutex_};
  return wishes_;
}

void FleetBoard::ask_about_service(const std::string& name) {
  const std::lock_guard lock{mutex_};
  const bool asked = std::find(services_asked_about_.begin(), services_asked_about_.end(), name) !=
                     services_asked_about_.end();
  if (!asked) services_asked_about_.push_back(name);
  changed_.notify_all();
}

std::vector<std::string> FleetBoard::take_services_asked_about(Duration patience,
                                                               const std::stop_token& stop) {
  const Idle idle;
  std::unique_lock lock{mutex_};
  changed_.wait_for(lock, stop, patience, [&] { return !services_asked_about_.empty(); });
  return std::exchange(services_asked_about_, {});
}

void FleetBoard::ask_about_hosts() {
  const std::lock_guard lock{mutex_};
  hosts_asked_about_ = true;
  changed_.notify_all();
}

bool FleetBoard::hosts_asked_about() const {
  const std::lock_guard lock{mutex_};
  return hosts_asked_about_;
}

void FleetBoard::wait_for_question_about_hosts(Duration patience, const std::stop_token& stop) {
  const Idle idle;
  std::unique_lock lock{mutex_};
  changed_.wait_for(lock, stop, patience, [&] { return hosts_asked_about_; });
  hosts_asked_about_ = false;
}

std::uint64_t FleetBoard::wait_newer(std::uint64_t version, Duration patience,
                                     const std::stop_token& stop) const {
  const Idle idle;
  std::unique_lock lock{mutex_};
  changed_.wait_for(lock, stop, patience, [&] { return version_ > version; });
  return version_;
}

}  // namespace hakoban
