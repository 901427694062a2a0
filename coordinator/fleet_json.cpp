#include "coordinator/fleet_json.h"

#include <array>
#include <set>
#include <type_traits>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "coordinator/fleet_fields.h"

namespace hakoban {
namespace {

using Json = nlohmann::json;

constexpr std::array<std::string_view, 3> kStates{"active", "draining", "other"};
constexpr std::array<std::string_view, 2> kKinds{"auto_scaling_group", "spot_fleet"};
constexpr std::array<std::string_view, 3> kHeadrooms{"percentage", "instances", "largest_task"};

template <class Enum>
constexpr auto& names_of() {
  if constexpr (std::is_same_v<Enum, InstanceState>)
    return kStates;
  else if constexpr (std::is_same_v<Enum, PoolKind>)
    return kKinds;
  else
    return kHeadrooms;
}

template <class T>
struct IsOptional : std::false_type {};
template <class T>
struct IsOptional<std::optional<T>> : std::true_type {};
template <class T>
struct IsVector : std::false_type {};
template <class T>
struct IsVector<std::vector<T>> : std::true_type {};
template <class T>
struct IsDuration : std::false_type {};
template <class Rep, class Period>
struct IsDuration<std::chrono::duration<Rep, Period>> : std::true_type {};

std::string exact_time(TimePoint time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  const std::string whole = format_rfc3339(seconds);  // "….000Z"
  return fmt::format("{}{:09}Z", whole.substr(0, whole.size() - 4), (time - seconds).count());
}

class Writer;
template <class T>
Json written(const T& value);

// Fills one JSON object, member by member; compares with a fresh value to leave out defaults.
class Writer {
 public:
  explicit Writer(Json& object) : object_(object) {}

  template <class T>
  void operator()(const char* name, T& member) {
    object_[name] = written(member);
  }

 private:
  Json& object_;
};

template <class T>
Json written_object(const T& value) {
  static const Json kDefaults = [] {
    Json all = Json::object();
    T fresh{};
    Writer writer{all};
    fields(writer, fresh);
    return all;
  }();
  Json object = Json::object();
  Writer writer{object};
  fields(writer, const_cast<T&>(value));  // only read: the list of members serves reading too
  // Another version may have other defaults: a policy is told whole.
  constexpr bool kWhole =
      std::is_same_v<T, DecisionRecord> || std::is_same_v<T, FleetPolicy> || std::is_same_v<T, PoolPolicy>;
  if constexpr (kWhole) return object;
  for (const auto& [name, initial] : kDefaults.items())
    if (object.at(name) == initial) object.erase(name);
  return object;
}

template <class T>
Json written(const T& value) {
  if constexpr (IsOptional<T>::value) {
    return value ? written(*value) : Json{};
  } else if constexpr (IsVector<T>::value) {
    Json list = Json::array();
    for (const auto& item : value) list.push_back(written(item));
    return list;
  } else if constexpr (std::is_same_v<T, TimePoint>) {
    return exact_time(value);
  } else if constexpr (IsDuration<T>::value) {
    return format_duration(value);
  } else if constexpr (std::is_enum_v<T>) {
    return names_of<T>().at(static_cast<std::size_t>(value));
  } else if constexpr (std::is_arithmetic_v<T> || std::is_same_v<T, std::string> ||
                       std::is_same_v<T, std::map<std::string, std::string>>) {
    return value;
  } else {
    return written_object(value);
  }
}

// Reads one JSON object into a value, naming what is wrong.
class Reader {
 public:
  Reader(const Json& object, std::string path, std::vector<std::string>& problems)
      : object_(object), path_(std::move(path)), problems_(problems) {}

  template <class T>
  void operator()(const char* name, T& member) {
    known_.insert(name);
    const auto found = object_.find(name);
    if (found != object_.end())
      read(*found, path_.empty() ? name : fmt::format("{}.{}", path_, name), member);
  }

  void tell_unknown() {
    for (const auto& [name, value] : object_.items())
      if (!known_.contains(name))
        wrong(path_.empty() ? name : fmt::format("{}.{}", path_, name), "is not known");
  }

  template <class T>
  static void read_object(const Json& json, const std::string& path, T& value,
                          std::vector<std::string>& problems) {
    if (!json.is_object()) {
      if (problems.size() < kTold) problems.push_back(path + ": not an object");
      return;
    }
    Reader reader{json, path, problems};
    fields(reader, value);
    reader.tell_unknown();
  }

 private:
  static constexpr std::size_t kTold = 10;
  // Far beyond any cluster; sums of such numbers do not overflow.
  static constexpr std::int64_t kMost = 1'000'000'000;

  void wrong(const std::string& path, std::string_view what) {
    if (problems_.size() < kTold) problems_.push_back(fmt::format("{} {}", path, what));
  }

  template <class T>
  void read(const Json& json, const std::string& path, T& value) {
    if constexpr (IsOptional<T>::value) {
      if (json.is_null()) return;
      read(json, path, value.emplace());
    } else if constexpr (IsVector<T>::value) {
      read_list(json, path, value);
    } else if constexpr (std::is_same_v<T, bool>) {
      if (!json.is_boolean()) return wrong(path, "is not true or false");
      value = json.template get<bool>();
    } else if constexpr (std::is_enum_v<T>) {
      read_name(json, path, value);
    } else if constexpr (std::is_integral_v<T>) {
      read_integer(json, path, value);
    } else if constexpr (std::is_floating_point_v<T>) {
      if (!json.is_number()) return wrong(path, "is not a number");
      value = json.template get<T>();
    } else if constexpr (std::is_same_v<T, TimePoint> || IsDuration<T>::value ||
                         std::is_same_v<T, std::string>) {
      if (!json.is_string()) return wrong(path, "is not a text");
      read_text(json.template get_ref<const std::string&>(), path, value);
    } else if constexpr (std::is_same_v<T, std::map<std::string, std::string>>) {
      read_map(json, path, value);
    } else {
      read_object(json, path, value, problems_);
    }
  }

  template <class T>
  void read_list(const Json& json, const std::string& path, std::vector<T>& list) {
    if (!json.is_array()) return wrong(path, "is not a list");
    list.clear();
    for (const auto& item : json) {
      const auto place = fmt::format("{}[{}]", path, list.size());
      read(item, place, list.emplace_back());
    }
  }

  template <class T>
  void read_name(const Json& json, const std::string& path, T& value) {
    const auto& names = names_of<T>();
    const auto found =
        json.is_string() ? std::find(names.begin(), names.end(), json.template get_ref<const std::string&>())
                         : names.end();
    if (found == names.end()) return wrong(path, fmt::format("is none of {}", fmt::join(names, ", ")));
    value = static_cast<T>(found - names.begin());
  }

  template <class T>
  void read_integer(const Json& json, const std::string& path, T& value) {
    const auto most = std::min<std::int64_t>(kMost, std::numeric_limits<T>::max());
    const auto least = std::is_signed_v<T> ? -most : 0;
    const bool huge = json.is_number_unsigned() && json.template get<std::uint64_t>() > kMost;
    if (!json.is_number_integer() || huge) return wrong(path, "is not a number in reach");
    const auto number = json.template get<std::int64_t>();
    if (number < least || number > most) return wrong(path, "is not a number in reach");
    value = static_cast<T>(number);
  }

  void read_text(const std::string& text, const std::string& path, TimePoint& time) {
    const auto parsed = parse_rfc3339(text);
    if (!parsed) return wrong(path, "is not a time");
    time = *parsed;
  }

  template <class Rep, class Period>
  void read_text(const std::string& text, const std::string& path,
                 std::chrono::duration<Rep, Period>& duration) {
    const bool minus = text.starts_with('-');
    const auto parsed = parse_duration(std::string_view{text}.substr(minus ? 1 : 0));
    if (!parsed) return wrong(path, "is not a duration");
    duration = std::chrono::floor<std::chrono::duration<Rep, Period>>(minus ? -*parsed : *parsed);
  }

  void read_text(const std::string& text, const std::string&, std::string& value) { value = text; }

  void read_map(const Json& json, const std::string& path, std::map<std::string, std::string>& map) {
    if (!json.is_object()) return wrong(path, "is not an object");
    for (const auto& [name, value] : json.items()) {
      if (!value.is_string()) return wrong(fmt::format("{}.{}", path, name), "is not a text");
      map[name] = value.get_ref<const std::string&>();
    }
  }

  const Json& object_;
  const std::string path_;
  std::vector<std::string>& problems_;
  std::set<std::string, std::less<>> known_;
};

}  // namespace

Json record_json(const DecisionRecord& record) {
  return written(record);
}

Json decision_json(const FleetDecision& decision) {
  return written(decision);
}

Json outcomes_json(const std::vector<ActionOutcome>& outcomes) {
  return written(outcomes);
}

Json pool_json(const FleetPool& pool) {
  return written(pool);
}

Json instance_json(const FleetInstance& instance) {
  return written(instance);
}

Result<DecisionRecord> read_record(std::string_view text) {
  const Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded()) return Error{Errc::malformed, "not JSON"};
  DecisionRecord record;
  std::vector<std::string> problems;
  Reader::read_object(json, "", record, problems);
  if (json.is_object() && !json.contains("snapshot")) problems.emplace_back("snapshot is missing");
  if (!problems.empty()) return Error{Errc::malformed, fmt::format("{}", fmt::join(problems, "; "))};
  return record;
}

}  // namespace hakoban
