#include "collectors/metrics/exit_watch.h"

#include <pthread.h>
#include <sched.h>
#include <string>
#include <sys/resource.h>
#include <unistd.h>
#include <utility>

#include <prometheus/counter.h>

namespace hakoban {
namespace {

prometheus::Counter& counter(prometheus::Registry& registry, const char* name, const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry).Add({});
}

// runc removes the cgroup 15 ms after the end of its process, and it is a busy host where jobs end: an
// ordinary thread, however nice the others are, may get its turn later than that. A real-time thread goes
// before all of them, whatever cgroup they are in; this one reads for a millisecond or two. It needs
// RLIMIT_RTPRIO or CAP_SYS_NICE; without, RLIMIT_NICE; without that the thread is as fast as others.
void hurry_this_thread() {
  constexpr int kNice = -15;
  const sched_param lowest{.sched_priority = 1};
  if (::pthread_setschedparam(::pthread_self(), SCHED_RR, &lowest) == 0) return;
  [[maybe_unused]] const int refused = ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kNice);
}

}  // namespace

ExitWatch::ExitWatch(const Clock& clock, prometheus::Registry& registry)
    : clock_(clock),
      read_(counter(registry, "hakoban_metrics_exits_read_total",
                    "Containers whose last numbers were read when they ended.")),
      missed_(counter(registry, "hakoban_metrics_exits_missed_total",
                      "Containers that ended without a last reading.")) {}

Result<std::uint64_t> ExitWatch::add(int pid, std::shared_ptr<UsageReader> reader) {
  const std::lock_guard lock{mutex_};
  const auto key = next_key_++;
  readers_.emplace(key, std::move(reader));
  if (auto added = processes_.add(pid, key); !added) {
    readers_.erase(key);
    return added.error();
  }
  return key;
}

void ExitWatch::remove(std::uint64_t key) {
  processes_.remove(key);
  const std::lock_guard lock{mutex_};
  readers_.erase(key);
}

void ExitWatch::run(const std::stop_token& stop) {
  // No watched thread: a read that hangs in the kernel is not mended by a restart of the agent.
  ::pthread_setname_np(::pthread_self(), "exits");
  hurry_this_thread();
  std::string buffer;
  while (!stop.stop_requested()) {
    for (const auto key : processes_.wait(stop)) {
      std::shared_ptr<UsageReader> reader;
      {
        const std::lock_guard lock{mutex_};
        const auto found = readers_.find(key);
        if (found == readers_.end()) continue;
        reader = std::move(found->second);
        readers_.erase(found);
      }
      if (reader->read_last(buffer, clock_.steady())) read_.Increment();
    }
  }
}

void ExitWatch::missed() {
  missed_.Increment();
}

}  // namespace hakoban
