// Something that writes Prometheus text onto a page when it is scraped.
#pragma once

#include <string_view>

#include "core/metrics/page_text.h"
#include "core/result.h"

namespace hakoban {

class MetricSource {
 public:
  virtual ~MetricSource() = default;

  // A short name in snake case for `hakoban_collector_success{collector="…"}`.
  [[nodiscard]] virtual std::string_view name() const = 0;

  // Appends whole families (HELP, TYPE, samples) in text format 0.0.4 to `page`, which may go to the client
  // while more is written. What cannot be read is left out, never written as 0. An error says why the source
  // could not give all; other sources go on. Called by one thread at a time.
  [[nodiscard]] virtual Result<void> write(PageText& page) = 0;
};

}  // namespace hakoban
