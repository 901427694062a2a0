#include "cli/log_reading.h"

#include <algorithm>
#include <charconv>
#include <deque>
#include <optional>
#include <tuple>

#include <nlohmann/json.hpp>

#include "core/logs/json_record.h"
#include "platform/compression/gzip.h"
#include "platform/compression/zstd.h"
#include "platform/json_fields.h"

namespace hakoban {
namespace {

using nlohmann::json;

constexpr std::size_t kShortId = 12;

struct NameParts {
  std::string_view generation;
  std::uint64_t start = 0;
  std::string_view file;
};

// "{container id, 12}-{generation}-{start}.ndjson.gz"
NameParts parts_of(std::string_view key) {
  NameParts parts;
  parts.file = key.substr(key.rfind('/') + 1);
  const auto stem = parts.file.substr(0, parts.file.find(".ndjson"));
  const auto dash = stem.rfind('-');
  if (dash == std::string_view::npos) return parts;
  parts.generation = stem.substr(0, dash);
  const auto start = stem.substr(dash + 1);
  std::from_chars(start.data(), start.data() + start.size(), parts.start);
  return parts;
}

// The records of one container, one object in memory at a time.
class LogStream {
 public:
  LogStream(ObjectReader& reader, const TaskLog& log, std::string task_id)
      : reader_(reader), log_(log), task_id_(std::move(task_id)), date_(log.dates.begin()) {}

  // Nothing: it is at its end. Valid until the next advance().
  [[nodiscard]] std::optional<std::string_view> current() const { return current_; }
  [[nodiscard]] std::optional<TimePoint> time() const { return time_; }
  [[nodiscard]] const std::string& container() const { return log_.container; }

  Result<void> advance(const std::stop_token& stop) {
    current_.reset();
    while (at_ >= text_.size()) {
      const auto more = load(stop);
      if (!more) return more.error();
      if (!*more) return {};
    }
    const auto end = std::min(text_.find('\n', at_), text_.size());
    current_ = std::string_view{text_}.substr(at_, end - at_);
    at_ = end + 1;
    // One without a time keeps its place after the one before.
    if (const auto time = time_of_record(*current_)) time_ = time;
    return {};
  }

 private:
  Result<bool> load(const std::stop_token& stop) {
    while (keys_.empty()) {
      if (date_ == log_.dates.end()) return false;
      auto listed = reader_.list(log_.folder + "/dt=" + *date_++ + "/" + task_id_ + "/", stop);
      if (!listed) return listed.error();
      const auto ordered = objects_in_order(log_, std::move(*listed));
      keys_.assign(ordered.begin(), ordered.end());
    }
    const auto key = keys_.front();
    keys_.pop_front();
    const auto body = reader_.get(key, stop);
    if (!body) return body.error();
    auto text = key.ends_with(".zst") ? unzstd(*body) : gunzip(*body);
    if (!text) return text.error().within(key);
    text_ = std::move(*text);
    at_ = 0;
    return true;
  }

  ObjectReader& reader_;
  const TaskLog& log_;
  const std::string task_id_;
  std::set<std::string>::const_iterator date_;
  std::deque<std::string> keys_;
  std::string text_;
  std::size_t at_ = 0;
  std::optional<std::string_view> current_;
  std::optional<TimePoint> time_;
};

}  // namespace

Result<TaskLogs> read_task_index(std::string_view text) {
  const auto index = json::parse(text, nullptr, false);
  if (!index.is_object() || text_of(index, "task_id").empty())
    return Error{Errc::malformed, "not the index of a task"};
  TaskLogs task;
  task.task_id = text_of(index, "task_id");
  task.status = text_of(index, "status");
  task.complete = bool_of(index, "complete").value_or(false);
  for (const auto& entry : list_of(index, "containers")) {
    TaskLog log{text_of(entry, "name"), text_of(entry, "id"), text_of(entry, "folder"), {}};
    for (const auto& [date, lines] : object_of(entry, "dates").items()) log.dates.insert(date);
    if (!log.folder.empty()) task.logs.push_back(std::move(log));
  }
  return task;
}

std::vector<std::string> objects_in_order(const TaskLog& log, std::vector<std::string> keys) {
  const auto own = log.container_id.substr(0, kShortId) + "-";
  std::erase_if(keys, [&](const std::string& key) {
    return !parts_of(key).file.starts_with(own) || key.find(".ndjson") == std::string::npos;
  });
  std::sort(keys.begin(), keys.end(), [](const std::string& a, const std::string& b) {
    const auto left = parts_of(a);
    const auto right = parts_of(b);
    return std::tie(left.generation, left.start) < std::tie(right.generation, right.start);
  });
  return keys;
}

Result<void> read_task_logs(ObjectReader& reader, const TaskLogs& task, const RecordHandler& handle,
                            const std::stop_token& stop) {
  std::deque<LogStream> streams;
  for (const auto& log : task.logs) {
    auto& stream = streams.emplace_back(reader, log, task.task_id);
    if (auto begun = stream.advance(stop); !begun) return begun;
  }
  for (;;) {
    LogStream* earliest = nullptr;
    for (auto& stream : streams) {
      if (stream.current() && (earliest == nullptr || stream.time() < earliest->time())) earliest = &stream;
    }
    if (earliest == nullptr) return {};
    handle(earliest->container(), *earliest->current());
    if (auto moved = earliest->advance(stop); !moved) return moved;
  }
}

}  // namespace hakoban
