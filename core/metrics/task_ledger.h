// Keeps account of tasks beyond their lives: what each used in all, kept for a while after its end, and added
// up by service and family for ever. Pure: views and totals come in; collectors/metrics/container_metrics.h
// gives them.
//
// A task ends when none of its containers may run any more. It is entered into the books once two things are
// known, or have been waited for: that it is no pause between two containers that follow one another, and
// which service it was of. What ran before the agent did counts from the agent's first look at it.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "core/host/host_view.h"
#include "core/metrics/page_text.h"
#include "core/metrics/usage.h"
#include "core/time.h"

namespace hakoban {

// What a task used so far. Counters never go back.
struct TaskTotals {
  Reading cpu_ns;
  Reading max_memory_bytes;
  Reading oom_kills;
  Reading receive_bytes;
  Reading transmit_bytes;

  [[nodiscard]] bool measured() const { return cpu_ns || max_memory_bytes; }
  bool operator==(const TaskTotals&) const = default;
};

struct FinishedTask {
  std::string labels;  // as task_labels() gives them
  std::optional<int> exit_code;
  TimePoint ended_at;
  std::optional<Duration> duration;
  TaskTotals totals;
};

struct FamilyKey {
  std::string cluster;
  std::string service;
  std::string family;

  auto operator<=>(const FamilyKey&) const = default;
};

struct FamilyTotals {
  std::uint64_t started = 0;
  std::map<std::string, std::uint64_t> finished;  // by exit code; "unknown"
  std::uint64_t unmeasured = 0;
  std::uint64_t cpu_ns = 0;
  std::uint64_t oom_kills = 0;
  std::uint64_t receive_bytes = 0;
  std::uint64_t transmit_bytes = 0;
  Duration durations{0};

  bool operator==(const FamilyTotals&) const = default;
};

struct LedgerRules {
  Duration keep_finished = 5min;
  // How long an ended task waits for what is not known of it, and a running one for its service.
  Duration identity_wait = 10s;
  std::size_t most_finished = 2000;  // kept at a time; the oldest go first
};

class TaskLedger {
 public:
  // `begin`: when the agent started to look.
  TaskLedger(LedgerRules rules, TimePoint begin) : rules_(rules), begin_(begin) {}

  // Takes in who runs and who ended. A view whose containers are not known yet says nothing.
  void follow(const HostView& view, TimePoint now);

  // The newest totals of a task that is open().
  void measured(const std::string& arn, const TaskTotals& totals);

  // Enters what has ended into the books, and forgets finished tasks that were kept long enough.
  void settle(TimePoint now);

  // Runs, or ended and not in the books yet.
  [[nodiscard]] bool open(const std::string& arn) const { return open_.contains(arn); }

  // The books with what running tasks used so far.
  [[nodiscard]] std::map<FamilyKey, FamilyTotals> families() const;
  [[nodiscard]] const std::deque<FinishedTask>& finished() const { return finished_; }

 private:
  struct Entry {
    std::string labels;
    FamilyKey key;
    bool identity_known = false;
    bool keyed = false;  // counted under `key` already: it stays there
    TimePoint seen_at;
    std::optional<TimePoint> started_at;
    std::optional<TimePoint> ended_at;
    bool end_is_sure = false;
    std::optional<int> exit_code;
    std::uint64_t killed = 0;  // containers that Docker says were killed for want of memory
    TaskTotals baseline;       // used before the agent began to look
    bool needs_baseline = false;
    TaskTotals totals;
  };

  void take(const TaskView& task, Entry& entry, TimePoint now) const;
  void key(Entry& entry);
  void enter(const Entry& entry);

  const LedgerRules rules_;
  const TimePoint begin_;
  std::map<std::string, Entry> open_;  // by ARN
  std::set<std::string> closed_;       // ARNs in the books that Docker still knows
  std::map<FamilyKey, FamilyTotals> books_;
  std::deque<FinishedTask> finished_;
};

// ecs_family_* and ecs_finished_task_*.
void write_ledger_families(PageText& page, const TaskLedger& ledger);

}  // namespace hakoban
