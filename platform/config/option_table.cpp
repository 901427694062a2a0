#include "platform/config/option_table.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "platform/config/json_settings.h"

namespace hakoban {
namespace {

constexpr std::string_view kPrefix = "HAKOBAN_";

std::string environment_name(std::string_view key) {
  std::string name{kPrefix};
  for (const char c : key) {
    name += c == '.' ? '_' : (c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
  }
  return name;
}

std::string flag_name(std::string_view key) {
  std::string name = "--";
  for (const char c : key) name += c == '_' ? '-' : c;
  return name;
}

Error invalid(std::string what) {
  return {Errc::invalid, std::move(what)};
}

template <class Number>
Result<Number> parse_number(std::string_view text) {
  Number value{};
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc{} || end != text.data() + text.size())
    return invalid(fmt::format("'{}' is not a number", text));
  return value;
}

template <class Number>
OptionTable::Parse parse_within(Number& target, Number least, Number most) {
  return [&target, least, most](std::string_view value) -> Result<void> {
    const auto parsed = parse_number<Number>(value);
    if (!parsed) return parsed.error();
    if (!(*parsed >= least && *parsed <= most))
      return invalid(fmt::format("{} is not within {} to {}", *parsed, least, most));
    target = *parsed;
    return {};
  };
}

// Levenshtein distance: for "did you mean".
std::size_t distance(std::string_view left, std::string_view right) {
  std::vector<std::size_t> row(right.size() + 1);
  for (std::size_t j = 0; j <= right.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= left.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= right.size(); ++j) {
      const auto replaced = diagonal + (left[i - 1] == right[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[right.size()];
}

struct ByteUnit {
  std::string_view name;
  std::uint64_t size;
};
constexpr std::array<ByteUnit, 8> kByteUnits{{{"", 1},
                                              {"B", 1},
                                              {"KiB", 1ULL << 10},
                                              {"MiB", 1ULL << 20},
                                              {"GiB", 1ULL << 30},
                                              {"kB", 1000},
                                              {"MB", 1000'000},
                                              {"GB", 1000'000'000}}};

}  // namespace

void OptionTable::custom(std::string key, std::string initial, Parse parse, std::string help) {
  docs_.push_back({key, flag_name(key), environment_name(key), std::move(initial), std::move(help)});
  bindings_.emplace(std::move(key), Binding{std::move(parse)});
}

void OptionTable::text(std::string key, std::string& target, std::string help) {
  auto parse = [&target](std::string_view value) -> Result<void> {
    target = std::string{value};
    return {};
  };
  custom(std::move(key), target, parse, std::move(help));
}

void OptionTable::flag(const std::string& key, bool& target, std::string help) {
  auto parse = [&target](std::string_view value) -> Result<void> {
    if (value != "true" && value != "false") return invalid(fmt::format("'{}' is not true or false", value));
    target = value == "true";
    return {};
  };
  custom(key, target ? "true" : "false", parse, std::move(help));
  bindings_.at(key).is_switch = true;
}

void OptionTable::number(std::string key, std::int64_t& target, std::int64_t least, std::int64_t most,
                         std::string help) {
  custom(std::move(key), fmt::format("{}", target), parse_within(target, least, most), std::move(help));
}

void OptionTable::number(std::string key, int& target, int least, int most, std::string help) {
  custom(std::move(key), fmt::format("{}", target), parse_within(target, least, most), std::move(help));
}

void OptionTable::real(std::string key, double& target, double least, double most, std::string help) {
  custom(std::move(key), fmt::format("{}", target), parse_within(target, least, most), std::move(help));
}

void OptionTable::duration(std::string key, Duration& target, Duration least, Duration most,
                           std::string help) {
  auto parse = [&target, least, most](std::string_view value) -> Result<void> {
    const auto parsed = parse_duration(value);
    if (!parsed) return parsed.error();
    if (*parsed < least || *parsed > most)
      return invalid(
          fmt::format("{} is not within {} to {}", value, format_duration(least), format_duration(most)));
    target = *parsed;
    return {};
  };
  custom(std::move(key), format_duration(target), parse, std::move(help));
}

void OptionTable::bytes(std::string key, std::uint64_t& target, std::uint64_t least, std::uint64_t most,
                        std::string help) {
  auto parse = [&target, least, most](std::string_view value) -> Result<void> {
    const auto parsed = parse_bytes(value);
    if (!parsed) return parsed.error();
    if (*parsed < least || *parsed > most)
      return invalid(
          fmt::format("{} is not within {} to {}", value, format_bytes(least), format_bytes(most)));
    target = *parsed;
    return {};
  };
  custom(std::move(key), format_bytes(target), parse, std::move(help));
}

void OptionTable::choice(std::string key, std::string& target, std::vector<std::string> allowed,
                         std::string help) {
  auto parse = [&target, allowed = std::move(allowed)](std::string_view value) -> Result<void> {
    if (std::find(allowed.begin(), allowed.end(), value) == allowed.end())
      return invalid(fmt::format("'{}' is not one of {}", value, fmt::join(allowed, ", ")));
    target = std::string{value};
    return {};
  };
  custom(std::move(key), target, parse, std::move(help));
}

void OptionTable::list(const std::string& key, std::vector<std::string>& target, std::string help,
                       Parse check_each) {
  auto parse = [&target, check = std::move(check_each)](std::string_view value) -> Result<void> {
    target.clear();
    while (!value.empty()) {
      const auto comma = std::min(value.find(','), value.size());
      const auto item = value.substr(0, comma);
      if (auto right = check && comma > 0 ? check(item) : Result<void>{}; !right) return right;
      if (comma > 0) target.emplace_back(item);
      value.remove_prefix(std::min(comma + 1, value.size()));
    }
    return {};
  };
  custom(key, fmt::format("{}", fmt::join(target, ",")), parse, std::move(help));
  bindings_.at(key).is_list = true;
}

std::vector<std::string> OptionTable::load(const ConfigSources& sources) {
  std::vector<std::string> problems;
  if (!sources.file_text.empty()) {
    const auto settings = read_json_settings(sources.file_text);
    for (const auto& problem : settings.problems) problems.push_back(sources.file_name + ": " + problem);
    for (const auto& [key, value] : settings.values)
      apply(sources.file_name + ": " + key, key, value, problems);
  }
  for (const auto& [name, value] : sources.environment) {
    if (!name.starts_with(kPrefix)) continue;
    if (const auto* doc = find(name, &OptionDoc::environment)) {
      apply("environment: " + name, doc->key, value, problems);
    } else {
      problems.push_back(
          fmt::format("environment: {}: unknown name{}", name, nearest(name, &OptionDoc::environment)));
    }
  }
  std::map<std::string, std::string> lists;  // by key: all that the flags of a list say
  for (const auto& [name, value] : sources.flags) {
    const auto dashed = "--" + name;
    if (const auto* doc = find(dashed, &OptionDoc::flag)) {
      const bool is_list = bindings_.at(doc->key).is_list;
      if (is_list) lists[doc->key] += "," + value;
      apply(dashed, doc->key, is_list ? lists[doc->key] : value, problems);
    } else {
      problems.push_back(fmt::format("{}: unknown flag{}", dashed, nearest(dashed, &OptionDoc::flag)));
    }
  }
  if (!problems.empty()) return problems;
  for (const auto& check : checks_) {
    for (auto& problem : check()) problems.push_back(std::move(problem));
  }
  return problems;
}

void OptionTable::check(std::function<std::vector<std::string>()> problems_of_the_whole) {
  checks_.push_back(std::move(problems_of_the_whole));
}

bool OptionTable::is_switch(std::string_view flag) const {
  const auto* doc = find(fmt::format("--{}", flag), &OptionDoc::flag);
  return doc != nullptr && bindings_.at(doc->key).is_switch;
}

const OptionDoc* OptionTable::find(std::string_view name, std::string OptionDoc::*form) const {
  const auto found =
      std::find_if(docs_.begin(), docs_.end(), [&](const OptionDoc& doc) { return doc.*form == name; });
  return found == docs_.end() ? nullptr : &*found;
}

void OptionTable::apply(std::string_view place, const std::string& key, std::string_view value,
                        std::vector<std::string>& problems) {
  const auto binding = bindings_.find(key);
  if (binding == bindings_.end()) {
    problems.push_back(fmt::format("{}: unknown key{}", place, nearest(key, &OptionDoc::key)));
    return;
  }
  if (const auto done = binding->second.parse(value); !done)
    problems.push_back(fmt::format("{}: {}", place, done.error().what));
}

std::string OptionTable::nearest(std::string_view name, std::string OptionDoc::*form) const {
  const OptionDoc* best = nullptr;
  std::size_t best_distance = name.size() / 3 + 1;  // further away is no help
  for (const auto& doc : docs_) {
    const auto far = distance(name, doc.*form);
    if (far < best_distance) {
      best_distance = far;
      best = &doc;
    }
  }
  return best == nullptr ? "" : fmt::format(" (did you mean {}?)", best->*form);
}

Result<std::uint64_t> parse_bytes(std::string_view text) {
  const auto bad = invalid(fmt::format("'{}' is not a size such as 8MiB, 64KiB or 4096", text));
  std::uint64_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc{}) return bad;
  const auto unit = text.substr(static_cast<std::size_t>(end - text.data()));
  const auto* found =
      std::find_if(kByteUnits.begin(), kByteUnits.end(), [&](const ByteUnit& u) { return u.name == unit; });
  if (found == kByteUnits.end() || number > std::numeric_limits<std::uint64_t>::max() / found->size)
    return bad;
  return number * found->size;
}

std::string format_bytes(std::uint64_t bytes) {
  for (const std::string_view name : {"GiB", "MiB", "KiB"}) {
    const auto* unit =
        std::find_if(kByteUnits.begin(), kByteUnits.end(), [&](const ByteUnit& u) { return u.name == name; });
    if (bytes != 0 && bytes % unit->size == 0) return fmt::format("{}{}", bytes / unit->size, name);
  }
  return fmt::format("{}", bytes);
}

}  // namespace hakoban
