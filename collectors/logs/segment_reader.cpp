#include "collectors/logs/segment_reader.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <vector>

#include "core/logs/json_record.h"
#include "core/logs/segment_cutter.h"

namespace hakoban {
namespace {

// Also the longest line that is looked at as one.
constexpr std::uint64_t kBlock = 1 << 20;

class Reader {
 public:
  Reader(const ReadableFile& file, const SegmentRange& range, const RecordSink& sink)
      : file_(file), range_(range), sink_(sink), at_(range.start), left_(range.limit) {}

  Result<SegmentRead> read() {
    for (bool more = true; more;) {
      if (auto filled = fill(); !filled) return filled.error();
      more = take();
    }
    return SegmentRead{at_, cutter_.lines(), cutter_.torn_lines(), cutter_.date(), cutter_.ended()};
  }

 private:
  [[nodiscard]] bool exhausted() const { return left_ == 0; }

  Result<void> fill() {
    const auto wanted = std::min<std::uint64_t>(kBlock - filled_, left_);
    const auto count = file_.read_at(at_ + filled_, buffer_.get() + filled_, wanted);
    if (!count) return count.error();
    left_ = *count < wanted ? 0 : left_ - wanted;
    filled_ += *count;
    return {};
  }

  // The bytes at hand that may become records of this segment.
  [[nodiscard]] std::string_view usable() const {
    std::string_view bytes{buffer_.get(), filled_};
    if (!exhausted() || range_.tail != SegmentRange::Tail::open) return bytes;
    const auto lines = bytes.substr(0, bytes.rfind('\n') + 1);
    return lines.empty() ? lines : lines.substr(0, whole_messages(lines));
  }

  // Returns whether there is more to come.
  bool take() {
    const bool last = exhausted() && range_.tail != SegmentRange::Tail::open;
    records_.clear();
    auto used = cutter_.take(usable(), last, records_);
    hand_on(last);
    if (cutter_.ended()) return keep_rest(used), false;
    if (used == 0 && filled_ == kBlock) used = cutter_.pass_over({buffer_.get(), filled_});
    const bool nothing_yet = at_ + used == range_.start;
    keep_rest(used);
    if (!exhausted()) return true;
    return nothing_yet && extend();
  }

  void hand_on(bool last) {
    for (const auto& block : records_) sink_(block);
    if (last && !records_.empty() && !records_.back().ends_with('\n')) sink_("\n");
  }

  void keep_rest(std::size_t used) {
    std::memmove(buffer_.get(), buffer_.get() + used, filled_ - used);
    filled_ -= used;
    at_ += used;
  }

  // The first line is longer than the segment should be.
  bool extend() {
    const auto reach = std::min(range_.available, kBlock);
    if (range_.tail == SegmentRange::Tail::exact || filled_ >= reach || extended_) return false;
    extended_ = true;
    left_ = reach - filled_;
    return true;
  }

  const ReadableFile& file_;
  const SegmentRange& range_;
  const RecordSink& sink_;
  SegmentCutter cutter_;
  std::uint64_t at_;  // of the buffer's first byte in the file
  std::uint64_t left_;
  std::unique_ptr<char[]> buffer_ = std::make_unique_for_overwrite<char[]>(kBlock);
  std::size_t filled_ = 0;
  bool extended_ = false;
  std::vector<std::string_view> records_;
};

}  // namespace

Result<SegmentRead> read_segment(const ReadableFile& file, const SegmentRange& range,
                                 const RecordSink& sink) {
  return Reader{file, range, sink}.read();
}

}  // namespace hakoban
