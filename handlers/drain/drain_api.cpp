#include "handlers/drain/drain_api.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "handlers/drain/drain_view.h"
#include "platform/json_fields.h"
#include "platform/log.h"

namespace hakoban {

namespace {

using Json = nlohmann::json;

constexpr Duration kShortestDeadline = 10s;
constexpr Duration kLongestDeadline = 48h;

HttpReply json_reply(int status, const Json& body) {
  return {.status = status,
          .content_type = "application/json",
          .body = body.dump(2, ' ', false, Json::error_handler_t::replace) + "\n"};
}

HttpReply refusal(int status, const std::string& error) {
  return json_reply(status, {{"error", error}});
}

// What holds the host that an operator cannot take back.
std::vector<std::string> unmovable(const DrainStatus& status) {
  std::vector<std::string> names;
  if (!status.drain) return names;
  for (const auto& [id, cause] : status.drain->causes) {
    const NoticeKind kind = cause.notice.kind;
    const bool movable = kind == NoticeKind::operator_request || kind == NoticeKind::rebalance ||
                         kind == NoticeKind::maintenance;
    if (!movable && !cause.notice.withdrawn) names.emplace_back(name_of(kind));
  }
  return names;
}

bool anything_to_take_back(const DrainStatus& status) {
  if (!status.waiting.empty()) return true;
  if (!status.drain || status.drain->called_off_at) return false;
  return std::any_of(status.drain->causes.begin(), status.drain->causes.end(), [](const auto& entry) {
    return !entry.second.notice.withdrawn && !entry.second.dismissed;
  });
}

// The drainer may be busy for a moment; an operator can ask again.
HttpReply hand_over(Drainer& drainer, const Notice& notice, std::string_view done) {
  if (!drainer.inbox().try_push(notice)) return refusal(503, "the drainer is busy: try again");
  return json_reply(202, {{"accepted", done}});
}

HttpReply take_request(Drainer& drainer, const NoticePolicy& policy, const Clock& clock,
                       const HttpQuery& query) {
  const auto notice = parse_drain_request(query.body, policy, clock.now());
  if (!notice) return refusal(400, notice.error().what);
  const auto json = Json::parse(query.body.empty() ? "{}" : query.body, nullptr, false);
  log::warn("an operator asks for a drain",
            {{"action", notice->action}, {"reason", text_of(json, "reason")}});
  return hand_over(drainer, *notice, notice->action);
}

HttpReply take_back(Drainer& drainer, const Clock& clock) {
  const auto status = drainer.status().get();
  const auto held = unmovable(*status);
  if (!held.empty()) {
    return refusal(409, fmt::format("the host is going anyway: {}", fmt::join(held, ", ")));
  }
  if (!anything_to_take_back(*status)) return refusal(409, "no drain is asked for or under way");
  log::warn("an operator takes the drain back");
  Notice notice;
  notice.kind = NoticeKind::operator_request;
  notice.id = "operator";
  notice.seen_at = clock.now();
  notice.withdrawn = true;
  return hand_over(drainer, notice, "undrain");
}

}  // namespace

Result<Notice> parse_drain_request(std::string_view body, const NoticePolicy& policy, TimePoint now) {
  const auto json = Json::parse(body.empty() ? "{}" : body, nullptr, false);
  if (!json.is_object()) return Error{Errc::malformed, "the request is not a JSON object"};
  static const std::set<std::string> kKnown = {"deadline", "now", "reason"};
  for (const auto& [key, value] : json.items()) {
    if (!kKnown.contains(key)) return Error{Errc::invalid, fmt::format("{}: unknown key", key)};
  }
  if (json.contains("now") && !json["now"].is_boolean())
    return Error{Errc::invalid, "now: neither true nor false"};
  Notice notice;
  notice.kind = NoticeKind::operator_request;
  notice.id = "operator";
  const bool at_once = bool_of(json, "now").value_or(false);
  notice.action = at_once ? kDrainNow : kDrain;
  notice.seen_at = now;
  if (at_once) notice.deadline = now + policy.default_budget;
  if (!json.contains("deadline")) return notice;
  const auto budget = parse_duration(text_of(json, "deadline"));
  if (!budget) return Error{Errc::invalid, "deadline: " + budget.error().what};
  if (*budget < kShortestDeadline || *budget > kLongestDeadline) {
    return Error{Errc::invalid,
                 fmt::format("deadline: not between {} and {}", format_duration(kShortestDeadline),
                             format_duration(kLongestDeadline))};
  }
  notice.deadline = now + *budget;
  return notice;
}

void add_drain_view(HttpRoutes& routes, const Drainer& drainer, const DrainPolicy& policy,
                    const Clock& clock) {
  routes.add("/v1/drain", [&](const HttpQuery&) {
    return HttpReply{.content_type = "application/json",
                     .body = format_drain_view(*drainer.status().get(), policy, clock.now())};
  });
}

void add_drain_requests(HttpRoutes& routes, Drainer& drainer, const DrainPolicy& policy, const Clock& clock) {
  add_drain_view(routes, drainer, policy, clock);
  routes.add("POST", "/v1/drain",
             [&](const HttpQuery& query) { return take_request(drainer, policy.notices, clock, query); });
  routes.add("DELETE", "/v1/drain", [&](const HttpQuery&) { return take_back(drainer, clock); });
}

}  // namespace hakoban
