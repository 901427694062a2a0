// The program's own metrics, made in one line each. Families are named hakoban_<area>_…; asking for a name
// again gives the family that is there.
#pragma once

#include <string>

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

namespace hakoban {

// With labels: Add() them to the family. The registry owns what these return.
[[nodiscard]] prometheus::Family<prometheus::Counter>& counter_family(prometheus::Registry& registry,
                                                                      const std::string& name,
                                                                      const std::string& help);
[[nodiscard]] prometheus::Family<prometheus::Gauge>& gauge_family(prometheus::Registry& registry,
                                                                  const std::string& name,
                                                                  const std::string& help);

// Without labels.
[[nodiscard]] prometheus::Counter& counter(prometheus::Registry& registry, const std::string& name,
                                           const std::string& help);
[[nodiscard]] prometheus::Gauge& gauge(prometheus::Registry& registry, const std::string& name,
                                       const std::string& help);

}  // namespace hakoban
