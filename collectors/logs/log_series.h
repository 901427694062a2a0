// The logs' numbers for each container, on the metrics page. Series of what is forgotten are gone with the
// next scrape; the sums over all containers (log_metrics.h) go on.
#pragma once

#include <string>
#include <string_view>

#include "collectors/logs/log_tailer.h"
#include "core/metrics/metric_source.h"

namespace hakoban {

class LogSeries final : public MetricSource {
 public:
  // `tailer` must outlive it.
  explicit LogSeries(const LogTailer& tailer) : tailer_(tailer) {}

  [[nodiscard]] std::string_view name() const override { return "logs"; }
  [[nodiscard]] Result<void> write(PageText& page) override;

 private:
  const LogTailer& tailer_;
};

}  // namespace hakoban
