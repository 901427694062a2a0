#include "core/termination/notice_book.h"

#include <algorithm>

namespace hakoban {

namespace {

bool earlier(const std::optional<TimePoint>& told, const std::optional<TimePoint>& known) {
  return told && (!known || *told < *known);
}

}  // namespace

std::optional<Notice> NoticeBook::record(const Notice& told) {
  const auto [found, is_new] = entries_.try_emplace(told.id, Entry{told, 0});
  Entry& entry = found->second;
  entry.misses = 0;
  if (is_new) return told;
  if (entry.notice.withdrawn) {
    entry.notice = told;
    return told;
  }
  bool changed = false;
  if (earlier(told.deadline, entry.notice.deadline)) {
    entry.notice.deadline = told.deadline;
    changed = true;
  }
  if (told.action != entry.notice.action) {
    entry.notice.action = told.action;
    changed = true;
  }
  return changed ? std::optional{entry.notice} : std::nullopt;
}

std::vector<Notice> NoticeBook::settle(NoticeKind kind, const std::vector<std::string>& ids_told) {
  std::vector<Notice> withdrawn;
  for (auto& [id, entry] : entries_) {
    if (entry.notice.kind != kind || entry.notice.withdrawn) continue;
    if (std::find(ids_told.begin(), ids_told.end(), id) != ids_told.end()) continue;
    if (++entry.misses < kMissesToWithdraw) continue;
    entry.notice.withdrawn = true;
    withdrawn.push_back(entry.notice);
  }
  return withdrawn;
}

bool NoticeBook::missing(NoticeKind kind) const {
  return std::any_of(entries_.begin(), entries_.end(), [&](const auto& entry) {
    const Entry& known = entry.second;
    return known.notice.kind == kind && !known.notice.withdrawn && known.misses > 0;
  });
}

}  // namespace hakoban
