#include "collectors/notices/lifecycle_notices.h"

#include <algorithm>
#include <array>
#include <string>

#include <fmt/format.h>

namespace hakoban {

namespace {

constexpr std::string_view kPath = "/latest/meta-data/autoscaling/target-lifecycle-state";

constexpr std::array<std::string_view, 4> kGoing = {"Terminated", "Warmed:Stopped", "Warmed:Hibernated",
                                                    "Warmed:Terminated"};

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const auto first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

// New states may come: letters and one colon, as all of them are.
bool is_state(std::string_view word) {
  return !word.empty() && word.size() <= 40 && std::count(word.begin(), word.end(), ':') <= 1 &&
         std::all_of(word.begin(), word.end(),
                     [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == ':'; });
}

}  // namespace

Result<std::optional<Notice>> parse_target_state(std::string_view body, TimePoint now) {
  const std::string_view word = trimmed(body);
  if (!is_state(word)) {
    return Error{Errc::malformed, fmt::format("{}: '{:.40}' is not a lifecycle state", kPath, word)};
  }
  if (std::find(kGoing.begin(), kGoing.end(), word) == kGoing.end()) return std::optional<Notice>{};
  Notice notice;
  notice.kind = NoticeKind::lifecycle;
  notice.id = "lifecycle";
  notice.action = word;
  notice.seen_at = now;
  return std::optional{notice};
}

Result<std::vector<Notice>> LifecycleNotices::poll(Imds& imds, TimePoint now,
                                                   const std::stop_token& stop) const {
  const auto body = imds.get(kPath, stop);
  if (!body) return body.error().within("reading autoscaling/target-lifecycle-state");
  if (!*body) return std::vector<Notice>{};
  const auto notice = parse_target_state(**body, now);
  if (!notice) return notice.error();
  if (!*notice) return std::vector<Notice>{};
  return std::vector<Notice>{**notice};
}

}  // namespace hakoban
