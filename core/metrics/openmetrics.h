// Prometheus' text format 0.0.4 rewritten as OpenMetrics 1.0.
// https://github.com/OpenObservability/OpenMetrics/blob/v1.0.0/specification/OpenMetrics.md
#pragma once

#include <string>
#include <string_view>

namespace hakoban {

// Takes the page in parts, each of whole lines: families with HELP (if any) and TYPE before their samples, no
// timestamps. Sample names stay what they are, so that a query finds the same series whichever format was
// scraped:
// - a counter's family loses "_total"; a counter whose name does not end so becomes `unknown`
// - a gauge named "…_info" becomes an info family
// - UNIT follows from a name that ends in "_seconds", "_bytes", "_ratio" or "_celsius"
// - `le` and `quantile` are written as floats ("1" becomes "1.0")
// - ends with "# EOF"
class OpenMetricsRewriter {
 public:
  // Appends the rewritten part to `text`. A family may go on in the next part.
  void append(std::string_view part, std::string& text);
  // After the last part.
  static void end(std::string& text) { text += "# EOF\n"; }

 private:
  std::string help_;  // of the HELP line before: name, blank, text
  std::string kind_;  // of the family whose samples come now
};

}  // namespace hakoban
