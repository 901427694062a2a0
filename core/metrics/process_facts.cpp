#include "core/metrics/process_facts.h"

#include <array>

#include "core/metrics/exposition.h"
#include "core/metrics/kernel_text.h"

namespace hakoban {
namespace {

// Columns of /proc/PID/stat counted from the one behind the command's name, which is column 3 in proc(5).
constexpr std::size_t kUserTicks = 11;
constexpr std::size_t kSystemTicks = 12;
constexpr std::size_t kThreads = 17;
constexpr std::size_t kStartTicks = 19;
constexpr std::size_t kVirtualBytes = 20;
constexpr std::size_t kResidentPages = 21;

std::optional<std::uint64_t> boot_time(std::string_view proc_stat) {
  while (!proc_stat.empty()) {
    auto line = kernel_text::take_until(proc_stat, '\n');
    if (kernel_text::take_until(line, ' ') == "btime") return kernel_text::number(line);
  }
  return std::nullopt;
}

}  // namespace

ProcessFacts read_process_facts(std::string_view pid_stat, std::string_view proc_stat,
                                const ProcessUnits& units) {
  ProcessFacts facts;
  const auto name_end = pid_stat.rfind(')');
  if (name_end == std::string_view::npos || units.ticks_per_second == 0) return facts;
  auto rest = pid_stat.substr(name_end + 1);
  rest = kernel_text::take_until(rest, '\n');
  std::array<Reading, kResidentPages + 1> columns;
  for (auto& column : columns) column = kernel_text::number(kernel_text::take_word(rest));
  if (columns[kUserTicks] && columns[kSystemTicks])
    facts.cpu_ns = (*columns[kUserTicks] + *columns[kSystemTicks]) * (1'000'000'000 / units.ticks_per_second);
  if (columns[kResidentPages]) facts.resident_bytes = *columns[kResidentPages] * units.page_bytes;
  facts.virtual_bytes = columns[kVirtualBytes];
  facts.threads = columns[kThreads];
  const auto booted = boot_time(proc_stat);
  if (booted && columns[kStartTicks])
    facts.start_time_seconds = static_cast<double>(*booted) + static_cast<double>(*columns[kStartTicks]) /
                                                                  static_cast<double>(units.ticks_per_second);
  return facts;
}

void write_process_families(PageText& page, const ProcessFacts& facts) {
  const auto gauge = [&](std::string_view name, const auto& value, std::string_view help) {
    if (value) FamilyWriter{page, name, MetricType::gauge, help}.sample({}, {}, *value);
  };
  if (facts.cpu_ns)
    FamilyWriter{page, "process_cpu_seconds_total", MetricType::counter, "CPU time of this process."}.seconds(
        {}, {}, *facts.cpu_ns);
  gauge("process_resident_memory_bytes", facts.resident_bytes, "Memory of this process that is in RAM.");
  gauge("process_virtual_memory_bytes", facts.virtual_bytes, "Address space of this process.");
  gauge("process_threads", facts.threads, "Threads of this process.");
  gauge("process_start_time_seconds", facts.start_time_seconds,
        "When this process started, in seconds since 1970.");
  gauge("process_open_fds", facts.open_fds, "Descriptors that this process has open.");
  gauge("process_max_fds", facts.max_fds, "Descriptors that this process may have open.");
}

}  // namespace hakoban
