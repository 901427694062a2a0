// The segments that the log tailer gives out: ranges of a file, and records of gaps.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "collectors/logs/container_log.h"
#include "collectors/logs/segment_reader.h"
#include "collectors/logs/tailer_state.h"
#include "core/logs/segment_source.h"

namespace hakoban {

class LogSegment final : public Segment {
 public:
  // What `log` has to give next from `generation`: call with the state's mutex held, which has chosen it.
  LogSegment(TailerState& state, ContainerLog& log, LogGeneration& generation, SteadyPoint now,
             std::uint64_t max_bytes);
  // A plan that is to be repeated.
  LogSegment(TailerState& state, ContainerLog& log, LogGeneration& generation, OpenPlan& plan);
  ~LogSegment() override;
  LogSegment(const LogSegment&) = delete;
  LogSegment& operator=(const LogSegment&) = delete;

  [[nodiscard]] std::string_view extension() const override { return extension_; }
  [[nodiscard]] std::uint64_t limit_bytes() const override { return limit_; }
  [[nodiscard]] Result<std::optional<PlannedObject>> read(const RecordSink& sink) override;
  void stored() override;

 private:
  [[nodiscard]] Result<std::optional<PlannedObject>> repeat(const RecordSink& sink);
  [[nodiscard]] Result<bool> unchanged(std::uint64_t end) const;
  [[nodiscard]] Result<bool> unchanged(const LogGeneration& generation, std::uint64_t end) const;
  [[nodiscard]] Result<std::optional<PlannedObject>> plan_it(const SegmentRead& got,
                                                             std::unique_lock<std::mutex>& lock);
  [[nodiscard]] Error failed(const Error& error, bool replaced);
  void note_end(const SegmentRead& got);
  void let_go_of_files();
  [[nodiscard]] RecordRules rules() const;
  [[nodiscard]] LogBytes bytes() const;
  void set_planned(const SegmentPlan& plan);

  TailerState& state_;
  ContainerLog& log_;
  // Where a fresh segment may read.
  struct Span {
    LogGeneration* next = nullptr;
    std::uint64_t available = 0;
    std::uint64_t limit = 0;
    SegmentRange::Tail tail = SegmentRange::Tail::open;
  };

  LogSegment(TailerState& state, ContainerLog& log, LogGeneration& generation, SteadyPoint now,
             const Span& span);
  [[nodiscard]] static Span span_of(ContainerLog& log, LogGeneration& generation, std::uint64_t max_bytes);

  LogGeneration* generation_;  // null once read
  LogGeneration* next_;        // into which a line may go on; null: none, or once read
  OpenPlan* plan_ = nullptr;   // null until planned, and once stored
  const std::uint64_t start_;
  const std::uint64_t own_end_;  // of `generation_`, where `next_` begins
  const std::uint64_t available_;
  const std::uint64_t limit_;
  const SegmentRange::Tail tail_;
  const std::string extension_;
  const SteadyPoint taken_at_{};
};

// One record that tells of a gap.
class GapSegment final : public Segment {
 public:
  GapSegment(TailerState& state, ContainerLog& log, OpenGap& gap);
  ~GapSegment() override;
  GapSegment(const GapSegment&) = delete;
  GapSegment& operator=(const GapSegment&) = delete;

  [[nodiscard]] std::string_view extension() const override { return extension_; }
  [[nodiscard]] std::uint64_t limit_bytes() const override { return gap_->gap.record.size(); }
  [[nodiscard]] Result<std::optional<PlannedObject>> read(const RecordSink& sink) override;
  void stored() override;

 private:
  TailerState& state_;
  ContainerLog& log_;
  OpenGap* gap_;  // null once stored
  const std::string extension_;
};

}  // namespace hakoban
