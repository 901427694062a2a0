// A configuration file as flat settings: {"logs": {"max_age": "60s"}} gives ("logs.max_age", "60s").
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace hakoban {

struct JsonSettings {
  std::vector<std::pair<std::string, std::string>> values;  // key, value as text; lists joined by ','
  std::vector<std::string> problems;  // "logs.max_age: given twice", "line 3, column 7: …"
};

// Comments (// and /* */) are allowed. Never throws.
[[nodiscard]] JsonSettings read_json_settings(const std::string& text);

}  // namespace hakoban
