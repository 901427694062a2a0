// Writes Prometheus' text format 0.0.4 straight into the page's memory: no map, no string a sample.
// https://prometheus.io/docs/instrumenting/exposition_formats/
#pragma once

#include <cstdint>
#include <string_view>

#include "core/metrics/page_text.h"

namespace hakoban {

enum class MetricType { counter, gauge };

// One family: HELP and TYPE come before its first sample; a family without samples leaves no trace. All
// samples of a family must go through one FamilyWriter, each label set once.
class FamilyWriter {
 public:
  // The views must outlive it. `help`: one line, no backslash.
  FamilyWriter(PageText& page, std::string_view name, MetricType type, std::string_view help)
      : FamilyWriter(page, {}, name, type, help) {}
  // The family's name is `prefix` and `name` together.
  FamilyWriter(PageText& page, std::string_view prefix, std::string_view name, MetricType type,
               std::string_view help)
      : page_(page), prefix_(prefix), name_(name), type_(type), help_(help) {}

  // `labels`: a LabelBlock's text. `more`: a second block behind it. Both may be empty.
  void sample(std::string_view labels, std::uint64_t value) { sample(labels, {}, value); }
  void sample(std::string_view labels, std::string_view more, std::uint64_t value);
  void sample(std::string_view labels, std::string_view more, double value);
  // Nanoseconds written as seconds, exactly: 1500000000 is 1.5.
  void seconds(std::string_view labels, std::string_view more, std::uint64_t nanoseconds);

 private:
  // All of a sample but its value. Returns where that goes; there is room for it and the line's end.
  [[nodiscard]] char* begin(std::string_view labels, std::string_view more);
  void end(char* at);
  void write_header();

  PageText& page_;
  std::string_view prefix_;
  std::string_view name_;
  MetricType type_;
  std::string_view help_;
  bool begun_ = false;
};

}  // namespace hakoban
