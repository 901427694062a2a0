// The labels of many samples, rendered once: id="/ecs/…",name="…".
#pragma once

#include <string>
#include <string_view>

namespace hakoban {

// Text between the braces of a sample, escaped as the text format wants it.
class LabelBlock {
 public:
  // A label without a value is as good as no label to Prometheus: it is left out.
  LabelBlock& add(std::string_view name, std::string_view value);

  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
};

// A Docker label's name as cAdvisor exports it: what is not a letter, a digit or '_' becomes '_'.
[[nodiscard]] std::string container_label_name(std::string_view docker_label);

}  // namespace hakoban
