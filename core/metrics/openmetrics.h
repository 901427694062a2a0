// Prometheus' text format 0.0.4 rewritten as OpenMetrics 1.0.
// https://github.com/OpenObservability/OpenMetrics/blob/v1.0.0/specification/OpenMetrics.md
#pragma once

#include <string>

namespace hakoban {

// `page`: whole families, each with HELP (if any) and TYPE before its samples, no timestamps. Sample names
// stay what they are, so that a query finds the same series whichever format was scraped:
// - a counter's family loses "_total"; a counter whose name does not end so becomes `unknown`
// - a gauge named "…_info" becomes an info family
// - UNIT follows from a name that ends in "_seconds", "_bytes", "_ratio" or "_celsius"
// - `le` and `quantile` are written as floats ("1" becomes "1.0")
// - ends with "# EOF"
// Samples are moved in blocks within the page's own memory: no second page of megabytes is made while its
// capacity has room for some kilobytes of UNIT lines.
[[nodiscard]] std::string to_openmetrics(std::string page);

}  // namespace hakoban
