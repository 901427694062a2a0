// What we have been told so far: makes one event of many tellings of it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/termination/notice.h"

namespace hakoban {

// Pure, not thread-safe. Metadata is polled, so the same event is told again and again; some tell it with a
// deadline that moves forward each time (amazon-ec2-metadata-mock), some forget it for a moment. The earliest
// deadline and the first sight of an event count, and it is withdrawn only when it was missed several times
// in a row.
class NoticeBook {
 public:
  static constexpr int kMissesToWithdraw = 3;

  // Takes in one telling. Returns what others should hear of: the notice when it is new, when its deadline
  // moved to an earlier time, when its action changed, or when it came back after it was withdrawn; nothing
  // for a repetition.
  std::optional<Notice> record(const Notice& told);

  // A poll of one kind of event went well and told just the events with these ids. Returns those that are
  // withdrawn by it.
  std::vector<Notice> settle(NoticeKind kind, const std::vector<std::string>& ids_told);

  // Whether one of the kind was missed, but not often enough yet.
  [[nodiscard]] bool missing(NoticeKind kind) const;

 private:
  struct Entry {
    Notice notice;
    int misses = 0;
  };
  std::map<std::string, Entry, std::less<>> entries_;
};

}  // namespace hakoban
