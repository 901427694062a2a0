#include "collectors/notices/spot_notices.h"

#include <algorithm>
#include <array>
#include <string>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace hakoban {

namespace {

constexpr std::string_view kInstanceAction = "/latest/meta-data/spot/instance-action";
constexpr std::string_view kTerminationTime = "/latest/meta-data/spot/termination-time";
// An instance has one interruption at a time, so the event needs no more name than this, whichever form told
// it.
constexpr std::string_view kId = "spot-interruption";

constexpr std::array<std::string_view, 3> kActions = {"terminate", "stop", "hibernate"};

Notice interruption(std::string_view action, TimePoint deadline, TimePoint now) {
  Notice notice;
  notice.kind = NoticeKind::spot_interruption;
  notice.id = kId;
  notice.action = action;
  notice.deadline = deadline;
  notice.seen_at = now;
  return notice;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const auto first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

Error malformed(std::string_view path, std::string_view why) {
  return {Errc::malformed, fmt::format("{}: {}", path, why)};
}

Result<std::optional<Notice>> read_termination_time(Imds& imds, TimePoint now, const std::stop_token& stop) {
  auto body = imds.get(kTerminationTime, stop);
  if (!body) return body.error().within("reading spot/termination-time");
  if (!*body) return std::optional<Notice>{};
  auto notice = parse_termination_time(**body, now);
  if (!notice) return notice.error();
  return std::optional{*notice};
}

}  // namespace

Result<Notice> parse_instance_action(std::string_view body, TimePoint now) {
  const auto json = nlohmann::json::parse(body, nullptr, false);
  if (!json.is_object()) return malformed(kInstanceAction, "not a JSON object");
  const auto action = json.find("action");
  if (action == json.end() || !action->is_string()) return malformed(kInstanceAction, "no action in it");
  const auto& word = action->get_ref<const std::string&>();
  if (std::find(kActions.begin(), kActions.end(), word) == kActions.end()) {
    return malformed(kInstanceAction, fmt::format("unknown action \"{:.40}\"", word));
  }
  const auto time = json.find("time");
  if (time == json.end() || !time->is_string()) return malformed(kInstanceAction, "no time in it");
  const auto deadline = parse_rfc3339(time->get_ref<const std::string&>());
  if (!deadline) return malformed(kInstanceAction, "its time is not RFC 3339");
  return interruption(word, *deadline, now);
}

Result<Notice> parse_termination_time(std::string_view body, TimePoint now) {
  const auto deadline = parse_rfc3339(trimmed(body));
  if (!deadline) return malformed(kTerminationTime, "not an RFC 3339 time");
  return interruption("terminate", *deadline, now);
}

bool SpotNotices::applies(const Ec2Identity& instance) const {
  return instance.life_cycle.empty() || instance.life_cycle == "spot";
}

Result<std::vector<Notice>> SpotNotices::poll(Imds& imds, TimePoint now, const std::stop_token& stop) const {
  const auto body = imds.get(kInstanceAction, stop);
  if (!body) return body.error().within("reading spot/instance-action");
  std::optional<Notice> notice;
  std::optional<Error> garbage;
  if (*body) {
    const auto parsed = parse_instance_action(**body, now);
    if (parsed) notice = *parsed;
    if (!parsed) garbage = parsed.error();
  }
  if (!notice) {
    const auto older = read_termination_time(imds, now, stop);
    if (older) notice = *older;
    if (!older && !garbage) garbage = older.error();
  }
  if (!notice && garbage) return *garbage;
  if (!notice || *notice->deadline < now - kStaleAfter) return std::vector<Notice>{};
  return std::vector<Notice>{*notice};
}

}  // namespace hakoban
