#include "core/logs/segment_cutter.h"

#include <algorithm>
#include <cstring>
#include <optional>

#include "core/logs/json_record.h"

namespace hakoban {
namespace {

constexpr std::string_view kStart = R"({"log":")";
// What the joiner holds is handed on in blocks of at least this, while no line is open.
constexpr std::size_t kHeldBlock = 64 << 10;

std::size_t line_end(std::string_view bytes, std::size_t from) {
  const void* newline = std::memchr(bytes.data() + from, '\n', bytes.size() - from);
  if (newline == nullptr) return std::string_view::npos;
  return static_cast<std::size_t>(static_cast<const char*>(newline) - bytes.data());
}

}  // namespace

SegmentCutter::Look SegmentCutter::look_at(std::string_view line, bool suspicious) {
  auto tail = suspicious ? std::nullopt : quick_look(line);
  std::size_t start = 0;
  if (!tail) {
    const auto found = find_record(line);
    if (!found) return {};
    start = *found;
    tail = strict_look(line.substr(start));
  }
  const auto record = line.substr(start);
  const auto date = date_at(record, *tail);
  if (date == date_) return {Look::Kind::record, start, *tail};
  // Anything may stand where a date should, and it becomes part of a key.
  if (!time_of_record(record)) return {};
  if (!date_.empty()) return {Look::Kind::other_date, start, *tail};
  date_ = date;
  return {Look::Kind::record, start, *tail};
}

std::size_t SegmentCutter::take(std::string_view bytes, bool last, const RecordSink& sink) {
  const auto used = decoder_ == nullptr ? take_lines(bytes, last, sink) : take_decoded(bytes, last, sink);
  taken_ += used;
  settle(taken_, sink);
  return used;
}

std::size_t SegmentCutter::take_lines(std::string_view bytes, bool last, const RecordSink& sink) {
  std::size_t at = 0;
  std::size_t passed = 0;  // up to here all is handed on
  // A file system that lost power may leave zeros in the middle of a line, where the quick look does not
  // look.
  auto zero = bytes.find('\0');
  while (at < bytes.size() && !ended_) {
    auto end = line_end(bytes, at);
    const bool unended = end == std::string_view::npos;
    if (unended && !last) break;
    const auto next = unended ? bytes.size() : end + 1;
    end = std::min(end, bytes.size());
    const auto line = bytes.substr(at, end - at);
    const auto look = look_at(line, zero < end);
    ended_ = look.kind == Look::Kind::other_date;
    if (ended_) break;
    const bool record = look.kind == Look::Kind::record;
    if (record && look.start == 0 && !look.tail.partial && !unended && !joiner_.open()) {
      ++counts_.lines;
    } else {
      if (at > passed) sink(bytes.substr(passed, at - passed));
      passed = next;
      if (look.start != 0 || (!record && !line.empty())) ++counts_.torn_lines;
      if (record) add(line, look, taken_ + at, sink);
      settle(taken_ + next, sink);
    }
    if (zero < next) zero = bytes.find('\0', next);
    at = next;
  }
  if (at > passed) sink(bytes.substr(passed, at - passed));
  return at;
}

std::size_t SegmentCutter::take_decoded(std::string_view bytes, bool last, const RecordSink& sink) {
  std::size_t at = 0;
  while (at < bytes.size() && !ended_) {
    const auto next = decoder_->next(bytes.substr(at), scratch_);
    if (next.kind == DecodedRecord::Kind::unfinished && !last) break;
    const auto used = next.kind == DecodedRecord::Kind::unfinished ? bytes.size() - at : next.used;
    Look look;
    if (next.kind == DecodedRecord::Kind::record) look = look_at(next.line, false);
    ended_ = look.kind == Look::Kind::other_date;
    if (ended_) break;
    if (look.kind == Look::Kind::record) {
      add(next.line, look, taken_ + at, sink);
    } else {
      ++counts_.torn_lines;
    }
    at += std::clamp<std::size_t>(used, 1, bytes.size() - at);
    if (joiner_.held.size() >= kHeldBlock) settle(taken_ + at, sink);
  }
  return at;
}

void SegmentCutter::add(std::string_view line, const Look& look, std::uint64_t at, const RecordSink& sink) {
  if (look.tail.partial) settle(at, sink);  // the segment may end before a line that is open from here on
  joiner_.add(line.substr(look.start), look.tail, at);
}

// Hands on what is whole, if all is.
void SegmentCutter::settle(std::uint64_t taken, const RecordSink& sink) {
  if (joiner_.open()) return;
  if (!joiner_.held.empty()) {
    sink(joiner_.held);
    counts_.lines += joiner_.lines;
    counts_.joined += joiner_.joined;
    joiner_.discard();
  }
  whole_ = taken;
  whole_counts_ = counts_;
}

void SegmentCutter::cut(const RecordSink& sink) {
  joiner_.cut();
  settle(taken_, sink);
}

std::size_t SegmentCutter::pass_over(std::string_view bytes) {
  ++counts_.torn_lines;
  auto used = bytes.size();
  if (decoder_ == nullptr) {
    const auto start = bytes.find(kStart, 1);
    used = start != std::string_view::npos ? start : bytes.size() - kStart.size() + 1;
  }
  taken_ += used;
  if (!joiner_.open()) {
    whole_ = taken_;
    whole_counts_ = counts_;
  }
  return used;
}

}  // namespace hakoban
