#include "collectors/logs/log_series.h"

#include <cstdint>
#include <vector>

#include "core/metrics/exposition.h"
#include "core/metrics/label_block.h"

namespace hakoban {
namespace {

constexpr std::string_view kPrefix = "hakoban_logs_container_";

struct Labelled {
  std::string labels;  // the roster's, and the log's id: names may come again
  const LogProgress* log;
};

template <class Number>
void write_family(PageText& page, std::string_view name, MetricType type, std::string_view help,
                  const std::vector<Labelled>& logs, Number number) {
  FamilyWriter family{page, kPrefix, name, type, help};
  for (const auto& [labels, log] : logs) family.sample(labels, {}, number(*log));
}

void write_counter(PageText& page, std::string_view name, std::string_view help,
                   const std::vector<Labelled>& logs, std::uint64_t LogTotals::*total) {
  write_family(page, name, MetricType::counter, help, logs,
               [total](const LogProgress& log) { return log.totals.*total; });
}

}  // namespace

Result<void> LogSeries::write(PageText& page) {
  const auto all = tailer_.progress();
  std::vector<Labelled> logs;
  logs.reserve(all.size());
  for (const auto& log : all)
    logs.push_back(
        {log.labels + (log.labels.empty() ? "" : ",") + LabelBlock{}.add("log_id", log.id).text(), &log});
  write_counter(page, "lines_total", "Records of the container's log that are stored.", logs,
                &LogTotals::lines);
  write_counter(page, "bytes_total", "Raw bytes of the container's log that are stored.", logs,
                &LogTotals::bytes);
  write_counter(page, "objects_total", "Objects of the container's log that are stored.", logs,
                &LogTotals::objects);
  write_counter(page, "lost_bytes_total", "Bytes, at least, that were gone before they were read.", logs,
                &LogTotals::lost_bytes);
  write_counter(page, "gaps_total", "Times that something of the log was gone before it was read.", logs,
                &LogTotals::gaps);
  write_counter(page, "torn_lines_total", "Damaged lines that were left out.", logs, &LogTotals::torn_lines);
  write_counter(page, "joined_partials_total", "Pieces of long lines that were joined again.", logs,
                &LogTotals::joined);
  write_family(page, "pending_bytes", MetricType::gauge, "Bytes that are written and not stored yet.", logs,
               [](const LogProgress& log) { return log.pending_bytes; });
  write_family(page, "lag_seconds", MetricType::gauge,
               "How long the oldest byte that is not stored has waited.", logs,
               [](const LogProgress& log) { return as_seconds(log.lag); });
  return {};
}

}  // namespace hakoban
