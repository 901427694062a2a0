#include "core/fleet/waiting_jobs.h"

#include <algorithm>

namespace hakoban {

bool WaitingJobs::hear(const std::string& id, const std::string& pool, const TaskNeed& need, TimePoint when) {
  constexpr std::size_t kMost = 20'000;
  const auto found = jobs_.find(id);
  if (found == jobs_.end()) {
    if (jobs_.size() >= kMost) return false;
    WaitingJob job;
    job.id = id;
    job.pool = pool;
    job.need = need;
    job.first_heard = job.last_heard = when;
    jobs_.emplace(id, std::move(job));
    return true;
  }
  WaitingJob& job = found->second;
  // Queues deliver out of order: what is older than the last word changes nothing but the beginning.
  job.first_heard = std::min(job.first_heard, when);
  if (when < job.last_heard) return true;
  // Two words close together are one that the queue delivered twice.
  const Duration pause = when - job.last_heard;
  if (pause >= 1s) job.every = std::clamp<Duration>(pause, 2s, 2min);
  job.last_heard = when;
  job.pool = pool;
  job.need = need;
  return true;
}

std::vector<WaitingJob> WaitingJobs::waiting(TimePoint now, Duration silence) {
  std::erase_if(jobs_, [&](const auto& each) { return now - each.second.last_heard >= silence; });
  std::vector<WaitingJob> list;
  list.reserve(jobs_.size());
  for (const auto& [id, job] : jobs_) list.push_back(job);
  return list;
}

}  // namespace hakoban
