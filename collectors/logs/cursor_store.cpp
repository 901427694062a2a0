#include "collectors/logs/cursor_store.h"

#include <algorithm>
#include <charconv>
#include <system_error>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "platform/files.h"

namespace hakoban {
namespace {

using nlohmann::json;

constexpr int kVersion = 1;
constexpr std::size_t kLargestCursor = 4 << 20;

json place_of(const LogCursor& cursor) {
  if (!cursor.place) return nullptr;
  return {{"folder", cursor.place->folder}, {"task", cursor.place->task_id}};
}

// Reads fields and remembers the first that is not there, or not of the right type.
class Fields {
 public:
  explicit Fields(const json& object) : object_(object) {}

  std::string text(const char* key) {
    const auto* field = find(key);
    if (field == nullptr || !field->is_string()) return missing(key), std::string{};
    return field->get<std::string>();
  }

  std::uint64_t number(const char* key) {
    const auto* field = find(key);
    if (field == nullptr || !field->is_number_unsigned()) return missing(key), 0;
    return field->get<std::uint64_t>();
  }

  std::uint64_t hexadecimal(const char* key) {
    const auto digits = text(key);
    std::uint64_t value = 0;
    const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    if (failure != std::errc{} || end != digits.data() + digits.size()) missing(key);
    return value;
  }

  const json& list(const char* key) {
    static const json kNone = json::array();
    const auto* field = find(key);
    if (field == nullptr || !field->is_array()) return missing(key), kNone;
    return *field;
  }

  [[nodiscard]] const json* find(const char* key) const {
    const auto found = object_.is_object() ? object_.find(key) : object_.end();
    return object_.is_object() && found != object_.end() ? &*found : nullptr;
  }
  void missing(const char* key) {
    if (missing_.empty()) missing_ = key;
  }
  // "" when all was there.
  [[nodiscard]] const std::string& first_missing() const { return missing_; }

 private:
  const json& object_;
  std::string missing_;
};

json totals_of(const LogTotals& totals) {
  return {{"lines", totals.lines},     {"bytes", totals.bytes},
          {"objects", totals.objects}, {"lost_bytes", totals.lost_bytes},
          {"gaps", totals.gaps},       {"torn_lines", totals.torn_lines},
          {"joined", totals.joined},   {"lines_by_date", totals.lines_by_date}};
}

std::string read_totals(const json* found, LogCursor& cursor) {
  if (found == nullptr) return {};
  Fields fields{*found};
  auto& totals = cursor.totals;
  for (const auto& [key, target] :
       {std::pair{"lines", &totals.lines}, std::pair{"bytes", &totals.bytes},
        std::pair{"objects", &totals.objects}, std::pair{"lost_bytes", &totals.lost_bytes},
        std::pair{"gaps", &totals.gaps}, std::pair{"torn_lines", &totals.torn_lines},
        std::pair{"joined", &totals.joined}})
    *target = fields.number(key);
  const auto* dates = fields.find("lines_by_date");
  if (dates == nullptr || !dates->is_object()) return "totals.lines_by_date";
  for (const auto& [date, lines] : dates->items()) {
    if (!lines.is_number_unsigned()) return "totals.lines_by_date";
    totals.lines_by_date[date] = lines.get<std::uint64_t>();
  }
  return fields.first_missing().empty() ? "" : "totals." + fields.first_missing();
}

// How the file is found and read. What an older program left out has its old meaning.
std::string read_source(const json& whole, LogCursor& cursor) {
  Fields fields{whole};
  if (const auto* below = fields.find("below_rootfs"); below != nullptr) {
    if (!below->is_boolean()) return "below_rootfs";
    cursor.below_rootfs = below->get<bool>();
  }
  if (fields.find("format") == nullptr) return {};
  const auto format = log_file_format(fields.text("format"));
  if (!format) return "format";
  cursor.format = *format;
  return {};
}

std::string read_generations(const json& list, LogCursor& cursor) {
  for (const auto& entry : list) {
    Fields fields{entry};
    GenerationCursor generation;
    generation.identity = {fields.number("device"), fields.number("inode"), fields.hexadecimal("head")};
    generation.name = fields.text("name");
    generation.planned = fields.number("planned");
    generation.seen_size = fields.number("seen_size");
    if (!fields.first_missing().empty()) return "generations." + fields.first_missing();
    cursor.generations.push_back(std::move(generation));
  }
  return {};
}

std::string read_plans(const json& list, LogCursor& cursor) {
  for (const auto& entry : list) {
    Fields fields{entry};
    SegmentPlan plan;
    plan.generation = fields.text("generation");
    plan.start = fields.number("start");
    plan.end = fields.number("end");
    plan.key = fields.text("key");
    if (plan.end <= plan.start) fields.missing("end");
    if (fields.find("continued_in") != nullptr) {
      plan.continued_in = fields.text("continued_in");
      plan.continued_end = fields.number("continued_end");
    }
    if (!fields.first_missing().empty()) return "plans." + fields.first_missing();
    cursor.plans.push_back(std::move(plan));
  }
  return {};
}

std::string read_gaps(const json* list, LogCursor& cursor) {
  if (list == nullptr) return {};
  if (!list->is_array()) return "gaps";
  for (const auto& entry : *list) {
    Fields fields{entry};
    cursor.gaps.push_back({fields.text("key"), fields.text("record")});
    if (!fields.first_missing().empty()) return "gaps." + fields.first_missing();
  }
  return {};
}

std::string read_place(const json* place, LogCursor& cursor) {
  if (place == nullptr || place->is_null()) return {};
  Fields fields{*place};
  cursor.place = LogPlace{fields.text("folder"), fields.text("task")};
  return fields.first_missing().empty() ? "" : "place." + fields.first_missing();
}

}  // namespace

std::string encode_cursor(const LogCursor& cursor) {
  json generations = json::array();
  for (const auto& generation : cursor.generations) {
    generations.push_back({{"device", generation.identity.device},
                           {"inode", generation.identity.inode},
                           {"head", fmt::format("{:016x}", generation.identity.head)},
                           {"name", generation.name},
                           {"planned", generation.planned},
                           {"seen_size", generation.seen_size}});
  }
  json plans = json::array();
  for (const auto& plan : cursor.plans) {
    json entry{{"generation", plan.generation}, {"start", plan.start}, {"end", plan.end}, {"key", plan.key}};
    if (!plan.continued_in.empty()) {
      entry["continued_in"] = plan.continued_in;
      entry["continued_end"] = plan.continued_end;
    }
    plans.push_back(std::move(entry));
  }
  json gaps = json::array();
  for (const auto& gap : cursor.gaps) gaps.push_back({{"key", gap.key}, {"record", gap.record}});
  const json whole{{"version", kVersion},
                   {"container", cursor.container_id},
                   {"log_path", cursor.log_path},
                   {"below_rootfs", cursor.below_rootfs},
                   {"format", std::string{name_of(cursor.format)}},
                   {"place", place_of(cursor)},
                   {"totals", totals_of(cursor.totals)},
                   {"generations", std::move(generations)},
                   {"plans", std::move(plans)},
                   {"gaps", std::move(gaps)}};
  return whole.dump(1, ' ', false, json::error_handler_t::replace) + "\n";
}

Result<LogCursor> decode_cursor(std::string_view text) {
  const auto parsed = json::parse(text, nullptr, false);
  if (!parsed.is_object()) return Error{Errc::malformed, "not a JSON object"};
  Fields fields{parsed};
  const auto version = fields.number("version");
  if (fields.first_missing().empty() && version != kVersion)
    return Error{Errc::invalid, fmt::format("version {}, not {}", version, kVersion)};
  LogCursor cursor;
  cursor.container_id = fields.text("container");
  cursor.log_path = fields.text("log_path");
  for (const auto& missing :
       {read_source(parsed, cursor), read_place(fields.find("place"), cursor),
        read_totals(fields.find("totals"), cursor), read_gaps(fields.find("gaps"), cursor),
        read_generations(fields.list("generations"), cursor), read_plans(fields.list("plans"), cursor),
        fields.first_missing()}) {
    if (!missing.empty()) return Error{Errc::malformed, fmt::format("field {} is missing or wrong", missing)};
  }
  return cursor;
}

CursorStore::CursorStore(std::filesystem::path folder) : folder_(std::move(folder)) {}

LoadedCursors CursorStore::load_all() const {
  LoadedCursors loaded;
  std::error_code failure;
  for (std::filesystem::directory_iterator at{folder_, failure}, end; !failure && at != end;
       at.increment(failure)) {
    const auto& path = at->path();
    if (path.extension() != ".json" || !at->is_regular_file(failure)) continue;
    const auto text = read_file(path, kLargestCursor);
    auto cursor = text ? decode_cursor(*text) : Result<LogCursor>{text.error()};
    if (cursor && path.stem() != cursor->container_id)
      cursor = Error{Errc::invalid, "it is about another container"};
    if (cursor) {
      loaded.cursors.push_back(std::move(*cursor));
      continue;
    }
    loaded.put_aside.push_back(cursor.error().within(path.string()));
    std::error_code moving;
    std::filesystem::create_directories(folder_ / "aside", moving);
    std::filesystem::rename(path, folder_ / "aside" / path.filename(), moving);
  }
  std::sort(loaded.cursors.begin(), loaded.cursors.end(),
            [](const LogCursor& a, const LogCursor& b) { return a.container_id < b.container_id; });
  return loaded;
}

Result<void> CursorStore::save(const LogCursor& cursor) const {
  auto saved = replace_file(path_of(cursor.container_id), encode_cursor(cursor));
  if (!saved) return saved.error().within("saving a log cursor");
  return {};
}

Result<void> CursorStore::remove(const std::string& container_id) const {
  auto removed = remove_file(path_of(container_id));
  if (!removed) return removed.error().within("removing a log cursor");
  return {};
}

std::filesystem::path CursorStore::path_of(const std::string& container_id) const {
  return folder_ / (key_part(container_id) + ".json");
}

}  // namespace hakoban
