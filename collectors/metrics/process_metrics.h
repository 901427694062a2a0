// The agent's own process, under the names of Prometheus' client libraries: process_cpu_seconds_total,
// process_resident_memory_bytes, process_virtual_memory_bytes, process_open_fds, process_max_fds,
// process_start_time_seconds, process_threads; and hakoban_build_info{version}.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "core/metrics/metric_source.h"

namespace hakoban {

class ProcessMetrics final : public MetricSource {
 public:
  // `program`: "hakoban-agent". `proc`: only tests give another one.
  ProcessMetrics(std::string program, std::string version, std::filesystem::path proc = "/proc");

  [[nodiscard]] std::string_view name() const override { return "process"; }
  [[nodiscard]] Result<void> write(PageText& page) override;

 private:
  std::string program_;
  std::string version_;
  std::filesystem::path proc_;
};

}  // namespace hakoban
