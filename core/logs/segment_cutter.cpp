#include "core/logs/segment_cutter.h"

#include <algorithm>
#include <cstring>
#include <optional>

#include "core/logs/json_record.h"

namespace hakoban {
namespace {

constexpr std::string_view kStart = R"({"log":")";

std::size_t line_end(std::string_view bytes, std::size_t from) {
  const void* newline = std::memchr(bytes.data() + from, '\n', bytes.size() - from);
  if (newline == nullptr) return std::string_view::npos;
  return static_cast<std::size_t>(static_cast<const char*>(newline) - bytes.data());
}

}  // namespace

SegmentCutter::Look SegmentCutter::look_at(std::string_view line, bool suspicious) {
  auto date = suspicious ? std::nullopt : date_if_whole(line);
  std::size_t start = 0;
  if (!date) {
    const auto found = find_record(line);
    if (!found) return {Look::Kind::torn, 0};
    start = *found;
    date = date_of_record(line.substr(start));
  }
  if (*date == date_) return {Look::Kind::record, start};
  // Anything may stand where a date should, and it becomes part of a key.
  if (!time_of_record(line.substr(start))) return {Look::Kind::torn, 0};
  if (!date_.empty()) return {Look::Kind::other_date, start};
  date_ = *date;
  return {Look::Kind::record, start};
}

std::size_t SegmentCutter::take(std::string_view bytes, bool last, std::vector<std::string_view>& records) {
  std::size_t at = 0;
  std::size_t kept_from = 0;
  // A file system that lost power may leave zeros in the middle of a line, where the quick look does not
  // look.
  auto zero = bytes.find('\0');
  while (at < bytes.size() && !ended_) {
    auto end = line_end(bytes, at);
    if (end == std::string_view::npos && !last) break;
    const auto next = end == std::string_view::npos ? bytes.size() : end + 1;
    end = std::min(end, bytes.size());
    const auto line = bytes.substr(at, end - at);
    const auto [kind, start] = look_at(line, zero < end);
    ended_ = kind == Look::Kind::other_date;
    if (ended_) break;
    if (kind == Look::Kind::torn || start != 0) {
      if (at > kept_from) records.push_back(bytes.substr(kept_from, at - kept_from));
      kept_from = kind == Look::Kind::torn ? next : at + start;
      if (!line.empty()) ++torn_lines_;
    }
    if (kind == Look::Kind::record) ++lines_;
    if (zero < next) zero = bytes.find('\0', next);
    at = next;
  }
  if (at > kept_from) records.push_back(bytes.substr(kept_from, at - kept_from));
  return at;
}

std::size_t SegmentCutter::pass_over(std::string_view bytes) {
  ++torn_lines_;
  const auto start = bytes.find(kStart, 1);
  if (start != std::string_view::npos) return start;
  return bytes.size() - kStart.size() + 1;
}

}  // namespace hakoban
