#include "collectors/notices/rebalance_notices.h"

#include <string>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "platform/json_fields.h"

namespace hakoban {

namespace {

constexpr std::string_view kPath = "/latest/meta-data/events/recommendations/rebalance";

Error malformed(std::string_view why) {
  return {Errc::malformed, fmt::format("{}: {}", kPath, why)};
}

}  // namespace

Result<Notice> parse_rebalance(std::string_view body, TimePoint now) {
  const auto json = nlohmann::json::parse(body, nullptr, false);
  if (!json.is_object()) return malformed("not a JSON object");
  const std::string time = text_of(json, "noticeTime");
  if (time.empty()) return malformed("no noticeTime in it");
  const auto told_at = parse_rfc3339(time);
  if (!told_at) return malformed("its noticeTime is not RFC 3339");
  Notice notice;
  notice.kind = NoticeKind::rebalance;
  notice.id = "rebalance-" + format_rfc3339(*told_at);
  notice.action = "rebalance";
  notice.seen_at = now;
  return notice;
}

bool RebalanceNotices::applies(const Ec2Identity& instance) const {
  return instance.life_cycle.empty() || instance.life_cycle == "spot";
}

Result<std::vector<Notice>> RebalanceNotices::poll(Imds& imds, TimePoint now,
                                                   const std::stop_token& stop) const {
  const auto body = imds.get(kPath, stop);
  if (!body) return body.error().within("reading events/recommendations/rebalance");
  if (!*body) return std::vector<Notice>{};
  const auto notice = parse_rebalance(**body, now);
  if (!notice) return notice.error();
  return std::vector<Notice>{*notice};
}

}  // namespace hakoban
