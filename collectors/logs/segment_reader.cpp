#include "collectors/logs/segment_reader.h"

#include <algorithm>
#include <cstring>
#include <memory>

namespace hakoban {
namespace {

// Small enough for the processor's cache; grows for longer records.
constexpr std::size_t kBlock = 256 << 10;

class Reader {
 public:
  Reader(const LogBytes& file, const RecordRules& rules, const SegmentRange& range, const RecordSink& sink)
      : file_(file),
        range_(range),
        sink_(sink),
        cutter_(rules.decoder, rules.longest_line),
        at_(range.start),
        left_(range.limit) {}

  Result<SegmentRead> read() {
    for (bool more = true; more;) {
      if (auto filled = fill(); !filled) return filled.error();
      more = take();
    }
    if (cutter_.ended() || range_.tail != SegmentRange::Tail::open) cutter_.cut(sink_);
    return SegmentRead{range_.start + cutter_.whole(), missing_, cutter_.counts(), cutter_.date(),
                       cutter_.ended()};
  }

 private:
  using Tail = SegmentRange::Tail;

  Result<void> fill() {
    const auto wanted = std::min<std::uint64_t>(size_ - filled_, left_);
    const auto count = file_.read_at(at_ + filled_, buffer_.get() + filled_, wanted);
    if (!count) return count.error();
    if (*count < wanted) missing_ = left_ - *count;
    left_ = *count < wanted ? 0 : left_ - wanted;
    filled_ += *count;
    return {};
  }

  // Returns whether there is more to come.
  bool take() {
    const bool all = left_ == 0;
    const bool last = all && (range_.tail == Tail::last || range_.tail == Tail::exact);
    auto used = cutter_.take({buffer_.get(), filled_}, last, sink_);
    if (cutter_.ended()) return false;
    const bool full = used == 0 && filled_ == size_;
    if (full && size_ < kLongestRecord) {
      grow();
    } else if (full) {
      used = cutter_.pass_over({buffer_.get(), filled_});
    }
    keep_rest(used);
    if (!all) return true;
    return cutter_.whole() == 0 && extend();
  }

  void grow() {
    auto larger = std::make_unique_for_overwrite<char[]>(size_ * 2);
    std::memcpy(larger.get(), buffer_.get(), filled_);
    buffer_ = std::move(larger);
    size_ *= 2;
  }

  void keep_rest(std::size_t used) {
    std::memmove(buffer_.get(), buffer_.get() + used, filled_ - used);
    filled_ -= used;
    at_ += used;
  }

  // The first line is longer than the segment should be.
  bool extend() {
    const auto had = at_ + filled_ - range_.start;
    if (range_.tail == Tail::exact || missing_ > 0 || had >= range_.available) return false;
    left_ = std::min<std::uint64_t>(range_.available - had, kBlock);
    return true;
  }

  const LogBytes& file_;
  const SegmentRange& range_;
  const RecordSink& sink_;
  SegmentCutter cutter_;
  std::uint64_t at_;  // of the buffer's first byte in the file
  std::uint64_t left_;
  std::uint64_t missing_ = 0;
  std::size_t size_ = kBlock;
  std::unique_ptr<char[]> buffer_ = std::make_unique_for_overwrite<char[]>(kBlock);
  std::size_t filled_ = 0;
};

}  // namespace

Result<std::size_t> LogBytes::read_at(std::uint64_t offset, char* into, std::size_t size) const {
  if (next == nullptr) return file.read_at(offset, into, size);
  if (offset >= end) return next->read_at(offset - end, into, size);
  const auto own = std::min<std::uint64_t>(size, end - offset);
  auto count = file.read_at(offset, into, own);
  if (!count || *count < own || own == size) return count;
  auto more = next->read_at(0, into + own, size - own);
  if (!more) return more;
  return own + *more;
}

Result<SegmentRead> read_segment(const LogBytes& bytes, const RecordRules& rules, const SegmentRange& range,
                                 const RecordSink& sink) {
  return Reader{bytes, rules, range, sink}.read();
}

}  // namespace hakoban
