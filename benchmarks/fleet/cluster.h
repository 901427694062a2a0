// A cluster in simulated time: ECS's placement and service scheduler, an Auto Scaling group whose instances
// boot and are reclaimed, and the callers of RunTask. Scalers observe and act through it, as they would
// through AWS.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <queue>
#include <random>
#include <string>
#include <vector>

#include "benchmarks/fleet/trace.h"

namespace hakoban::fleet_sim {

enum class HostState { booting, active, draining, gone };

struct Host {
  int id = 0;
  int zone = 0;
  HostState state = HostState::booting;
  Seconds launched = 0;
  Seconds ready = 0;       // registers then
  Seconds drained = 0;     // DRAINING since
  bool reclaimed = false;  // two minutes left
  std::int64_t cpu_left = 0;
  std::int64_t memory_left = 0;
  std::map<int, int> services;  // tasks by service
  std::vector<int> jobs;

  [[nodiscard]] std::int64_t tasks() const;
};

struct Service {
  Size size;
  std::int64_t desired = 0;
  std::int64_t running = 0;  // those on draining hosts too
  Seconds short_since = -1;
};

struct Job {
  Size size;
  Seconds runs = 0;
  Seconds asked = 0;    // since then it waits
  Seconds placed = -1;  // -1: waits
  int starts = 0;       // more than one: its host was lost
  int host = -1;
};

// What hako says when a RunTask found no room.
struct Notice {
  Seconds at = 0;
  int job = 0;
};

// How a job behaves that finds no room.
enum class Waiting {
  retries,       // fails; its caller says so and tries again after 10 s (hako oneshot)
  provisioning,  // stays PROVISIONING with its capacity provider, at most 500 of them; beyond, as above
};

struct ClusterConfig {
  Waiting waiting = Waiting::retries;
  std::int64_t max = 700;
  Seconds launch_least = 10;  // from the group's target to an instance that runs
  Seconds launch_most = 30;
  Seconds boot_least = 60;  // from there to ACTIVE
  Seconds boot_most = 110;
  std::uint64_t seed = 7;
};

struct Totals {
  std::vector<double> waits;  // seconds, of each job that was placed
  double unplaced_service_minutes = 0;
  double instance_hours = 0;   // from launch to end
  std::int64_t jobs_lost = 0;  // ended by scaling in; those of reclaimed hosts are not counted
  std::int64_t run_task_throttled = 0;
};

class Cluster {
 public:
  Cluster(const Trace& trace, ClusterConfig config, std::int64_t first_hosts);

  // One second.
  void step();

  [[nodiscard]] Seconds now() const { return now_; }
  [[nodiscard]] const Trace& trace() const { return trace_; }
  [[nodiscard]] const std::vector<Host>& hosts() const { return hosts_; }
  [[nodiscard]] const std::vector<Service>& services() const { return services_; }
  [[nodiscard]] const Job& job(int id) const { return jobs_[static_cast<std::size_t>(id)]; }
  [[nodiscard]] const std::deque<int>& provisioning() const { return provisioning_; }
  [[nodiscard]] std::vector<int> waiting_jobs() const;
  [[nodiscard]] std::int64_t desired() const { return desired_; }
  [[nodiscard]] std::int64_t max() const { return config_.max; }
  [[nodiscard]] std::int64_t alive() const;  // not gone
  [[nodiscard]] Totals& totals() { return totals_; }
  // What is booked and wanted in hosts' worth, and what there is.
  [[nodiscard]] double demand_in_hosts() const;

  std::vector<Notice> take_notices();

  // A larger target launches; a lower one than there are hosts is not allowed here: terminate() lowers it.
  void set_desired(std::int64_t hosts);
  void drain(int host);
  void undrain(int host);
  // Ends it and lowers the target. What ran there is lost or starts elsewhere.
  void terminate(int host);

 private:
  enum class Kind { ready, finish, run_task, reclaim_end };
  struct Event {
    Seconds at;
    std::int64_t order;
    Kind kind;
    int subject;
    int start;  // of a job: events of an earlier one are void
    bool operator>(const Event& other) const {
      return std::pair{at, order} > std::pair{other.at, other.order};
    }
  };

  void push(Seconds at, Kind kind, int subject, int start = 0);
  void handle(const Event& event);
  void run_task(int job);
  void begin_reclaims();
  void reclaim(Host& host);
  void end_host(Host& host, bool lost_by_us);
  void launch();
  void scale_services();
  void schedule_services();
  void replace_drained();
  void place_provisioning();
  [[nodiscard]] Host* find_host(const Size& size);
  bool start_job(int job);
  void wait_again(int job);
  void free_on(Host& host, const Size& size);
  void stop_one(int service);

  const Trace& trace_;
  const ClusterConfig config_;
  std::mt19937_64 random_;
  Seconds now_ = 0;
  std::int64_t desired_ = 0;
  double run_task_tokens_ = 100;
  std::vector<Host> hosts_;
  std::vector<int> here_;  // ids of those that are not gone
  std::vector<Service> services_;
  std::vector<Job> jobs_;
  std::size_t next_job_ = 0;
  std::size_t next_reclaim_ = 0;
  std::deque<int> provisioning_;
  std::vector<Notice> notices_;
  std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
  std::int64_t order_ = 0;
  Totals totals_;
};

}  // namespace hakoban::fleet_sim
