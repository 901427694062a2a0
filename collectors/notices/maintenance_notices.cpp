#include "collectors/notices/maintenance_notices.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <string>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "platform/json_fields.h"

namespace hakoban {

namespace {

constexpr std::string_view kPath = "/latest/meta-data/events/maintenance/scheduled";
constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

Error malformed(std::string_view why) {
  return {Errc::malformed, fmt::format("{}: {}", kPath, why)};
}

// The next word of `text`, which is cut off it.
std::string_view next_word(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  const auto end = std::min(text.find(' '), text.size());
  const auto word = text.substr(0, end);
  text.remove_prefix(end);
  return word;
}

std::optional<int> number_in(std::string_view word, int least, int most) {
  int number = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  if (word.empty() || error != std::errc{} || end != word.data() + word.size()) return std::nullopt;
  if (number < least || number > most) return std::nullopt;
  return number;
}

std::optional<Duration> time_of_day(std::string_view word) {
  if (word.size() != 8 || word[2] != ':' || word[5] != ':') return std::nullopt;
  const auto hours = number_in(word.substr(0, 2), 0, 23);
  const auto minutes = number_in(word.substr(3, 2), 0, 59);
  const auto seconds = number_in(word.substr(6, 2), 0, 60);
  if (!hours || !minutes || !seconds) return std::nullopt;
  return std::chrono::hours{*hours} + std::chrono::minutes{*minutes} + std::chrono::seconds{*seconds};
}

Result<Notice> read_event(const nlohmann::json& event, TimePoint now) {
  Notice notice;
  notice.kind = NoticeKind::maintenance;
  notice.id = text_of(event, "EventId");
  notice.action = text_of(event, "Code");
  notice.seen_at = now;
  if (notice.id.empty()) return malformed("an event without EventId");
  if (notice.action.empty()) return malformed("an event without Code");
  const auto not_before = parse_event_time(text_of(event, "NotBefore"));
  if (!not_before) return malformed("an event's NotBefore: " + not_before.error().what);
  notice.deadline = *not_before;
  return notice;
}

}  // namespace

Result<TimePoint> parse_event_time(std::string_view text) {
  const auto refuse = [&] { return Error{Errc::malformed, fmt::format("'{:.40}' is not a time", text)}; };
  std::string_view rest = text;
  const auto day = number_in(next_word(rest), 1, 31);
  const auto month = std::find(kMonths.begin(), kMonths.end(), next_word(rest));
  const auto year = number_in(next_word(rest), 1970, 2200);
  const auto clock = time_of_day(next_word(rest));
  const auto zone = next_word(rest);
  if (!day || month == kMonths.end() || !year || !clock || (zone != "GMT" && zone != "UTC")) return refuse();
  if (!next_word(rest).empty()) return refuse();
  const std::chrono::year_month_day date{
      std::chrono::year{*year}, std::chrono::month{static_cast<unsigned>(month - kMonths.begin()) + 1},
      std::chrono::day{static_cast<unsigned>(*day)}};
  if (!date.ok()) return refuse();
  return TimePoint{std::chrono::sys_days{date}} + *clock;
}

Result<std::vector<Notice>> parse_maintenance(std::string_view body, TimePoint now) {
  const auto json = nlohmann::json::parse(body, nullptr, false);
  if (!json.is_array()) return malformed("not a JSON array");
  std::vector<Notice> notices;
  for (const auto& event : json) {
    if (!event.is_object()) return malformed("an event that is not a JSON object");
    const std::string state = text_of(event, "State");
    if (state.empty()) return malformed("an event without State");
    if (state != "active") continue;
    const auto notice = read_event(event, now);
    if (!notice) return notice.error();
    notices.push_back(*notice);
  }
  return notices;
}

Result<std::vector<Notice>> MaintenanceNotices::poll(Imds& imds, TimePoint now,
                                                     const std::stop_token& stop) const {
  const auto body = imds.get(kPath, stop);
  if (!body) return body.error().within("reading events/maintenance/scheduled");
  if (!*body) return std::vector<Notice>{};
  return parse_maintenance(**body, now);
}

}  // namespace hakoban
