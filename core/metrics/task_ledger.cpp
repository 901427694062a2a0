#include "core/metrics/task_ledger.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/metrics/ecs_labels.h"

namespace hakoban {
namespace {

std::optional<TimePoint> start_of(const TaskView& task) {
  std::optional<TimePoint> first;
  for (const auto& container : task.containers) {
    if (container.started_at && (!first || *container.started_at < *first)) first = container.started_at;
  }
  return first;
}

std::optional<TimePoint> end_of(const TaskView& task) {
  std::optional<TimePoint> last;
  for (const auto& container : task.containers) {
    if (container.finished_at && (!last || *container.finished_at > *last)) last = container.finished_at;
  }
  return last;
}

bool runs(const TaskView& task) {
  return std::any_of(task.containers.begin(), task.containers.end(),
                     [](const auto& container) { return container.started_at && !container.finished_at; });
}

// The container whose end ended the task: the essential one that ended first, else any that ended first.
const ContainerView* culprit(const TaskView& task) {
  const ContainerView* found = nullptr;
  for (const auto& container : task.containers) {
    if (container.pause || !container.finished_at || !container.exit_code) continue;
    const bool essential = container.essential.value_or(false);
    const bool found_essential = found && found->essential.value_or(false);
    if (!found || (essential && !found_essential) ||
        (essential == found_essential && *container.finished_at < *found->finished_at))
      found = &container;
  }
  return found;
}

std::uint64_t grown(const Reading& now, const Reading& before) {
  return now.value_or(0) - std::min(now.value_or(0), before.value_or(0));
}

// A counter that cannot be read any more stays what it was; one never goes back.
void raise(Reading& kept, const Reading& fresh) {
  if (fresh) kept = std::max(kept.value_or(0), *fresh);
}

void raise(TaskTotals& kept, const TaskTotals& fresh) {
  raise(kept.cpu_ns, fresh.cpu_ns);
  raise(kept.max_memory_bytes, fresh.max_memory_bytes);
  raise(kept.oom_kills, fresh.oom_kills);
  raise(kept.receive_bytes, fresh.receive_bytes);
  raise(kept.transmit_bytes, fresh.transmit_bytes);
}

void add(FamilyTotals& family, const TaskTotals& totals, const TaskTotals& baseline, std::uint64_t killed) {
  family.cpu_ns += grown(totals.cpu_ns, baseline.cpu_ns);
  family.oom_kills += std::max(grown(totals.oom_kills, baseline.oom_kills), killed);
  family.receive_bytes += grown(totals.receive_bytes, baseline.receive_bytes);
  family.transmit_bytes += grown(totals.transmit_bytes, baseline.transmit_bytes);
}

}  // namespace

void TaskLedger::follow(const HostView& view, TimePoint now) {
  if (!view.containers_known) return;
  std::set<std::string> here;
  for (const auto& task : view.tasks) {
    const auto started = start_of(task);
    if (!started) continue;  // nothing has run yet
    here.insert(task.arn);
    if (closed_.contains(task.arn)) continue;
    const auto known = open_.find(task.arn);
    const bool over = !runs(task);
    if (known == open_.end() && over && end_of(task).value_or(now) < begin_) continue;
    auto& entry = open_[task.arn];
    if (known == open_.end()) {
      entry.seen_at = now;
      entry.needs_baseline = *started < begin_;
    }
    take(task, entry, now);
  }
  for (auto& [arn, entry] : open_) {
    if (here.contains(arn)) continue;
    if (!entry.ended_at) entry.ended_at = now;
    entry.identity_known = entry.end_is_sure = true;  // removed: nobody will tell more
  }
  std::erase_if(closed_, [&](const auto& arn) { return !here.contains(arn); });
}

void TaskLedger::take(const TaskView& task, Entry& entry, TimePoint now) const {
  entry.labels = task_labels(task);
  if (!entry.keyed) entry.key = {task.cluster, task.service, task.family};
  entry.identity_known = task.kind != TaskKind::unknown;
  entry.started_at = start_of(task);
  entry.ended_at.reset();
  entry.killed = 0;
  for (const auto& container : task.containers) entry.killed += container.oom_killed ? 1 : 0;
  if (runs(task)) return;
  entry.ended_at = end_of(task).value_or(now);
  const auto* const cause = culprit(task);
  entry.exit_code = cause ? cause->exit_code : std::nullopt;
  entry.end_is_sure = task.last_status == "STOPPED" || (cause && cause->essential.value_or(false));
}

void TaskLedger::measured(const std::string& arn, const TaskTotals& totals) {
  const auto found = open_.find(arn);
  if (found == open_.end()) return;
  auto& entry = found->second;
  if (entry.needs_baseline) entry.baseline = totals;
  entry.needs_baseline = false;
  raise(entry.totals, totals);
}

void TaskLedger::key(Entry& entry) {
  if (entry.keyed) return;
  entry.keyed = true;
  auto& family = books_[entry.key];
  if (entry.started_at && *entry.started_at >= begin_) ++family.started;
}

void TaskLedger::settle(TimePoint now) {
  for (auto at = open_.begin(); at != open_.end();) {
    auto& [arn, entry] = *at;
    const bool waited = now - entry.ended_at.value_or(entry.seen_at) >= rules_.identity_wait;
    if (entry.identity_known || waited) key(entry);
    if (!entry.ended_at || !entry.keyed || !(entry.end_is_sure || waited)) {
      ++at;
      continue;
    }
    enter(entry);
    closed_.insert(arn);
    at = open_.erase(at);
  }
  std::erase_if(finished_, [&](const auto& task) { return now - task.ended_at >= rules_.keep_finished; });
  while (finished_.size() > rules_.most_finished) finished_.pop_front();
}

void TaskLedger::enter(const Entry& entry) {
  auto& family = books_[entry.key];
  FinishedTask finished{entry.labels, entry.exit_code, *entry.ended_at, std::nullopt, entry.totals};
  if (entry.started_at && *entry.ended_at >= *entry.started_at)
    finished.duration = *entry.ended_at - *entry.started_at;
  if (finished.totals.oom_kills || entry.killed > 0)
    finished.totals.oom_kills = std::max(finished.totals.oom_kills.value_or(0), entry.killed);
  ++family.finished[entry.exit_code ? fmt::to_string(*entry.exit_code) : "unknown"];
  family.durations += finished.duration.value_or(Duration{0});
  family.unmeasured += entry.totals.measured() ? 0 : 1;
  add(family, entry.totals, entry.baseline, entry.killed);
  finished_.push_back(std::move(finished));
}

std::map<FamilyKey, FamilyTotals> TaskLedger::families() const {
  auto families = books_;
  for (const auto& [arn, entry] : open_) {
    if (entry.keyed) add(families[entry.key], entry.totals, entry.baseline, entry.killed);
  }
  return families;
}

}  // namespace hakoban
