#include "platform/config/json_settings.h"

#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace hakoban {
namespace {

using Json = nlohmann::json;

// nlohmann keeps the last of two equal keys in silence; this listener hears both.
class DuplicateKeys {
 public:
  explicit DuplicateKeys(std::vector<std::string>& problems) : problems_(problems) {}

  bool operator()(int, Json::parse_event_t event, Json& parsed) {
    switch (event) {
      case Json::parse_event_t::object_start:
        levels_.emplace_back();
        break;
      case Json::parse_event_t::object_end:
        levels_.pop_back();
        break;
      case Json::parse_event_t::key:
        hear(parsed.get_ref<const std::string&>());
        break;
      default:
        break;
    }
    return true;
  }

 private:
  struct Level {
    std::set<std::string> seen;
    std::string current;
  };

  void hear(const std::string& key) {
    auto& level = levels_.back();
    level.current = key;
    if (level.seen.insert(key).second) return;
    std::string path;
    for (const auto& each : levels_) path += (path.empty() ? "" : ".") + each.current;
    problems_.push_back(path + ": given twice");
  }

  std::vector<std::string>& problems_;
  std::vector<Level> levels_;
};

std::string scalar_text(const Json& value) {
  return value.is_string() ? value.get<std::string>()
                           : value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

void flatten(const Json& value, const std::string& path, JsonSettings& settings) {
  if (value.is_object()) {
    for (const auto& [key, inner] : value.items())
      flatten(inner, path.empty() ? key : path + "." + key, settings);
  } else if (value.is_null()) {
    settings.problems.push_back(path + ": null is not a value; leave the key out");
  } else if (value.is_array()) {
    std::string joined;
    for (const auto& item : value) {
      if (item.is_structured() || item.is_null()) {
        settings.problems.push_back(path + ": a list may hold plain values only");
        return;
      }
      joined += (joined.empty() ? "" : ",") + scalar_text(item);
    }
    settings.values.emplace_back(path, joined);
  } else {
    settings.values.emplace_back(path, scalar_text(value));
  }
}

// nlohmann: "[json.exception.parse_error.101] parse error at line 3, column 7: syntax error while …"
std::string readable(const std::string& what) {
  const auto at = what.find("line ");
  return at == std::string::npos ? what : what.substr(at);
}

}  // namespace

JsonSettings read_json_settings(const std::string& text) {
  JsonSettings settings;
  try {
    DuplicateKeys duplicates{settings.problems};
    const auto root = Json::parse(text, std::ref(duplicates), true, true);
    if (root.is_object()) {
      flatten(root, "", settings);
    } else {
      settings.problems.emplace_back("the file must hold one JSON object");
    }
  } catch (const Json::exception& broken) {
    settings.problems.push_back(readable(broken.what()));
  }
  return settings;
}

}  // namespace hakoban
