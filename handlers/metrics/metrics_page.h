// The page that Prometheus scrapes: what every source writes, then the program's own counters.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include <prometheus/registry.h>

#include "core/metrics/metric_source.h"
#include "core/time.h"
#include "platform/clock.h"
#include "platform/http/http_server.h"

namespace hakoban {

struct MetricsPageConfig {
  Duration source_timeout = 5s;  // a slower source is left out of the page, and asked again when it is done
  std::size_t max_unsent_bytes = 128 << 20;  // of pages under way; beyond that 503, so that clients who ask
                                             // and do not read cannot fill the memory
};

// Each source works in its own thread, so that a slow one costs only itself:
// hakoban_collector_success{collector} is 0 and its families are missing. The page goes out while it is made.
// Scrapes that come while one is under way and nothing of it has gone out get its page. Thread-safe.
class MetricsPage {
 public:
  // The sources, the registry and the clock must outlive it. A source must return some day: the destructor
  // waits for it.
  MetricsPage(const std::vector<MetricSource*>& sources, prometheus::Registry& registry, const Clock& clock,
              MetricsPageConfig config = {});
  ~MetricsPage();
  MetricsPage(const MetricsPage&) = delete;
  MetricsPage& operator=(const MetricsPage&) = delete;

  // Text format 0.0.4 or OpenMetrics, plain or gzip, as the client asks.
  [[nodiscard]] HttpReply answer(const HttpQuery& query);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hakoban
