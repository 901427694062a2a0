#include <vector>

#include "core/metrics/exposition.h"
#include "core/metrics/label_block.h"
#include "core/metrics/task_ledger.h"

namespace hakoban {
namespace {

constexpr auto kCounter = MetricType::counter;
constexpr auto kGauge = MetricType::gauge;

struct Row {
  std::string labels;
  FamilyTotals totals;
};

std::vector<Row> rows_of(const TaskLedger& ledger) {
  std::vector<Row> rows;
  for (auto& [key, totals] : ledger.families()) {
    LabelBlock labels;
    labels.add("ecs_cluster", key.cluster).add("ecs_service", key.service).add("ecs_task_family", key.family);
    rows.push_back({labels.text(), totals});
  }
  return rows;
}

struct CountFamily {
  std::string_view name;
  std::uint64_t FamilyTotals::*value;
  std::string_view help;
};

constexpr CountFamily kCounts[] = {
    {"ecs_family_tasks_started_total", &FamilyTotals::started, "Tasks seen to start on this host."},
    {"ecs_family_unmeasured_tasks_total", &FamilyTotals::unmeasured,
     "Finished tasks whose use could not be read before they were gone."},
    {"ecs_family_oom_kills_total", &FamilyTotals::oom_kills,
     "Processes killed for want of memory, in running and finished tasks."},
    {"ecs_family_network_receive_bytes_total", &FamilyTotals::receive_bytes,
     "Bytes received by running and finished tasks."},
    {"ecs_family_network_transmit_bytes_total", &FamilyTotals::transmit_bytes,
     "Bytes sent by running and finished tasks."},
};

void write_families(PageText& page, const std::vector<Row>& rows) {
  for (const auto& family : kCounts) {
    FamilyWriter writer{page, family.name, kCounter, family.help};
    for (const auto& row : rows) writer.sample(row.labels, row.totals.*family.value);
  }
  FamilyWriter finished{page, "ecs_family_tasks_finished_total", kCounter,
                        "Tasks that ended, by the exit code of the essential container that ended first."};
  for (const auto& row : rows) {
    for (const auto& [code, count] : row.totals.finished)
      finished.sample(row.labels, LabelBlock{}.add("exit_code", code).text(), count);
  }
  FamilyWriter cpu{page, "ecs_family_cpu_seconds_total", kCounter, "CPU time of running and finished tasks."};
  for (const auto& row : rows) cpu.seconds(row.labels, {}, row.totals.cpu_ns);
  FamilyWriter lasted{page, "ecs_family_task_seconds_total", kCounter,
                      "How long finished tasks lasted, together."};
  for (const auto& row : rows)
    lasted.seconds(row.labels, {}, static_cast<std::uint64_t>(row.totals.durations.count()));
}

struct TotalFamily {
  std::string_view name;
  Reading TaskTotals::*value;
  std::string_view help;
};

constexpr TotalFamily kTotals[] = {
    {"ecs_finished_task_max_memory_bytes", &TaskTotals::max_memory_bytes, "Most memory that was in use."},
    {"ecs_finished_task_oom_kills", &TaskTotals::oom_kills, "Processes killed for want of memory."},
    {"ecs_finished_task_network_receive_bytes", &TaskTotals::receive_bytes, "Bytes received."},
    {"ecs_finished_task_network_transmit_bytes", &TaskTotals::transmit_bytes, "Bytes sent."},
};

void write_finished(PageText& page, const std::deque<FinishedTask>& tasks) {
  FamilyWriter code{page, "ecs_finished_task_exit_code", kGauge,
                    "Exit code of the essential container that ended first."};
  for (const auto& task : tasks) {
    if (task.exit_code) code.sample(task.labels, {}, static_cast<double>(*task.exit_code));
  }
  FamilyWriter ended{page, "ecs_finished_task_end_time_seconds", kGauge,
                     "When the task ended, in seconds since 1970."};
  for (const auto& task : tasks)
    ended.seconds(task.labels, {}, static_cast<std::uint64_t>(task.ended_at.time_since_epoch().count()));
  FamilyWriter lasted{page, "ecs_finished_task_duration_seconds", kGauge,
                      "From the first container's start to the last one's end."};
  for (const auto& task : tasks) {
    if (task.duration) lasted.seconds(task.labels, {}, static_cast<std::uint64_t>(task.duration->count()));
  }
  FamilyWriter cpu{page, "ecs_finished_task_cpu_seconds", kGauge, "CPU time in all."};
  for (const auto& task : tasks) {
    if (task.totals.cpu_ns) cpu.seconds(task.labels, {}, *task.totals.cpu_ns);
  }
  for (const auto& family : kTotals) {
    FamilyWriter writer{page, family.name, kGauge, family.help};
    for (const auto& task : tasks) {
      if (const auto& value = task.totals.*family.value) writer.sample(task.labels, *value);
    }
  }
}

}  // namespace

void write_ledger_families(PageText& page, const TaskLedger& ledger) {
  write_families(page, rows_of(ledger));
  write_finished(page, ledger.finished());
}

}  // namespace hakoban
