// Where the observers put what they see, and from where the sizer and the pages take it.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <stop_token>
#include <string>
#include <vector>

#include "coordinator/fleet_sightings.h"
#include "core/fleet/waiting_jobs.h"
#include "platform/clock.h"

namespace hakoban {

// Thread-safe.
class FleetBoard {
 public:
  FleetBoard(std::string cluster, const Clock& clock);

  // Changes what is seen, under the lock; `wake`: the sizer should look at once.
  void change(const std::function<void(FleetSightings&)>& edit, bool wake = true);

  // False: so many jobs wait already that the queue must be full of nonsense.
  bool hear_job(const std::string& id, const std::string& pool, const TaskNeed& need, TimePoint when);

  // A copy of all that is seen, with the jobs that have not fallen silent by now.
  [[nodiscard]] FleetSightings sightings(Duration job_silence);

  // What sizing wants to know of next time: container instances whose tasks are to be looked at.
  void wish_to_see(std::vector<std::string> instances);
  [[nodiscard]] std::vector<std::string> wishes() const;

  // Services of which ECS said that it finds no room, to be looked at out of turn. Taken off the list.
  void ask_about_service(const std::string& name);
  [[nodiscard]] std::vector<std::string> take_services_asked_about(Duration patience,
                                                                   const std::stop_token& stop);

  // The instances are to be looked at out of turn: who waits has no room although some was seen.
  void ask_about_hosts();
  [[nodiscard]] bool hosts_asked_about() const;
  // Waits until somebody asks so, at most `patience`.
  void wait_for_question_about_hosts(Duration patience, const std::stop_token& stop);

  // Waits until something newer than `version` was put up, at most `patience`. Returns the version.
  std::uint64_t wait_newer(std::uint64_t version, Duration patience, const std::stop_token& stop) const;

 private:
  const Clock& clock_;
  mutable std::mutex mutex_;
  mutable std::condition_variable_any changed_;
  std::uint64_t version_ = 0;
  FleetSightings seen_;
  WaitingJobs jobs_;
  std::vector<std::string> wishes_;
  std::vector<std::string> services_asked_about_;
  bool hosts_asked_about_ = false;
};

}  // namespace hakoban
