#include "platform/docker/event_lines.h"

#include <algorithm>
#include <array>
#include <utility>

#include <nlohmann/json.hpp>

#include "platform/json_fields.h"

namespace hakoban {
namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 9> kActions{"create", "start",   "die", "destroy", "rename",
                                                   "pause",  "unpause", "oom", "update"};

TimePoint time_of_event(const json& event) {
  if (const auto nanoseconds = integer_of(event, "timeNano")) return TimePoint{Duration{*nanoseconds}};
  const auto seconds = integer_of(event, "time").value_or(0);
  constexpr std::int64_t kLatest = Duration::max().count() / 1'000'000'000;
  return TimePoint{std::chrono::seconds{std::clamp<std::int64_t>(seconds, 0, kLatest)}};
}

}  // namespace

bool changes_container(std::string_view action) {
  return std::find(kActions.begin(), kActions.end(), action) != kActions.end();
}

std::string event_filters() {
  json filters;
  filters["type"].push_back("container");
  for (const auto action : kActions) filters["event"].push_back(action);
  return filters.dump();
}

std::optional<DockerEvent> read_event(std::string_view line) {
  const auto event = json::parse(line, nullptr, false);
  if (text_of(event, "Type") != "container") return std::nullopt;
  DockerEvent read{text_of(event, "Action"), text_of(object_of(event, "Actor"), "ID"), time_of_event(event)};
  if (read.container_id.empty() || !changes_container(read.action)) return std::nullopt;
  return read;
}

EventLines::EventLines(std::function<void(const DockerEvent&)> sink, std::size_t limit_bytes)
    : sink_(std::move(sink)), limit_bytes_(limit_bytes) {}

void EventLines::add(std::string_view piece) {
  while (!piece.empty()) {
    const auto end = piece.find('\n');
    const auto part = piece.substr(0, end);
    if (line_.size() + part.size() > limit_bytes_) too_long_ = true;
    if (!too_long_) line_.append(part);
    if (end == std::string_view::npos) return;
    end_line();
    piece.remove_prefix(end + 1);
  }
}

void EventLines::end_line() {
  const auto line = std::exchange(line_, {});
  if (std::exchange(too_long_, false) || line.empty()) return;
  if (const auto event = read_event(line)) sink_(*event);
}

}  // namespace hakoban
