// What a program's own counters and gauges say.
#pragma once

#include <map>
#include <string>

#include <prometheus/registry.h>

namespace hakoban {

using MetricLabels = std::map<std::string, std::string>;

// The sum of the family's values whose labels contain `labels`: 0 when there are none.
inline double value_in(const prometheus::Registry& registry, const std::string& family,
                       const MetricLabels& labels = {}) {
  double sum = 0;
  for (const auto& each : registry.Collect()) {
    if (each.name != family) continue;
    for (const auto& metric : each.metric) {
      MetricLabels wanted = labels;
      for (const auto& label : metric.label) {
        const auto found = wanted.find(label.name);
        if (found != wanted.end() && found->second == label.value) wanted.erase(found);
      }
      if (wanted.empty()) sum += metric.counter.value + metric.gauge.value;
    }
  }
  return sum;
}

}  // namespace hakoban
