#include "collectors/logs/log_segment.h"

#include <algorithm>
#include <utility>

#include "collectors/logs/segment_reader.h"
#include "core/logs/object_key.h"
#include "platform/log.h"

namespace hakoban {
namespace {

constexpr Duration kPauseAfterFailure = 1s;
// A file that nothing is written to any more, and that cannot be read so often in a row, never will be.
constexpr int kMostFailures = 60;

// A rest without anything whole, of a file that does not grow any more, is taken as it is.
std::uint64_t limit_of(const LogGeneration& generation, std::uint64_t max_bytes) {
  const auto available = generation.size - generation.planned;
  return generation.barren == generation.size ? available : std::min(available, max_bytes);
}

SegmentRange::Tail tail_of(const ContainerLog& log, const LogGeneration& generation, bool all) {
  const bool nothing_follows = generation.rotated || log.closed;
  if (nothing_follows && all) return SegmentRange::Tail::last;
  return generation.barren == generation.size ? SegmentRange::Tail::cut : SegmentRange::Tail::open;
}

std::string extension_of(std::string_view key) {
  const auto dot = key.rfind(".ndjson");
  return std::string{dot == std::string_view::npos ? kGzipExtension : key.substr(dot)};
}

}  // namespace

LogSegment::LogSegment(TailerState& state, ContainerLog& log, LogGeneration& generation, SteadyPoint now,
                       std::uint64_t max_bytes)
    : state_(state),
      log_(log),
      generation_(&generation),
      start_(generation.planned),
      available_(generation.size - generation.planned),
      limit_(limit_of(generation, max_bytes)),
      tail_(tail_of(log, generation, limit_ == available_)),
      extension_(state.config.extension),
      taken_at_(now) {
  ++log_.users;
  ++generation.readers;
  log_.reading = true;
}

LogSegment::LogSegment(TailerState& state, ContainerLog& log, LogGeneration& generation, OpenPlan& plan)
    : state_(state),
      log_(log),
      generation_(&generation),
      plan_(&plan),
      start_(plan.plan.start),
      available_(plan.plan.end - plan.plan.start),
      limit_(available_),
      tail_(SegmentRange::Tail::exact),
      extension_(extension_of(plan.plan.key)) {
  ++log_.users;
  ++generation.readers;
  plan.taken = true;
}

RecordRules LogSegment::rules() const {
  return {decoder_of(log_.followed.format), state_.config.longest_line};
}

LogSegment::~LogSegment() {
  const std::lock_guard lock{state_.mutex};
  const bool reads_on = generation_ != nullptr && plan_ == nullptr;
  if (reads_on) log_.reading = false;
  let_go_of_file();
  if (plan_ != nullptr) plan_->taken = false;
  --log_.users;
  state_.changed.notify_all();
}

void LogSegment::let_go_of_file() {
  if (generation_ != nullptr) --generation_->readers;
  generation_ = nullptr;
}

Result<std::optional<PlannedObject>> LogSegment::read(const RecordSink& sink) {
  if (plan_ != nullptr) return repeat(sink);
  const auto got = read_segment(generation_->file, rules(), {start_, limit_, available_, tail_}, sink);
  if (!got) return failed(got.error(), false);
  const auto same = unchanged(got->end);
  if (!same) return failed(same.error(), false);
  if (!*same) return failed({Errc::unavailable, "the file was truncated while it was read"}, true);

  std::unique_lock lock{state_.mutex};
  note_end(*got);
  Result<std::optional<PlannedObject>> planned{std::nullopt};
  if (got->end == start_) {
    generation_->barren = generation_->size;
    generation_->barren_since = taken_at_;
  } else if (got->counts.lines == 0) {
    generation_->planned = got->end;
    generation_->waiting_since = taken_at_;
    log_.dirty = true;
  } else {
    planned = plan_it(*got, lock);
  }
  if (planned) {
    state_.metrics.torn_lines.Increment(static_cast<double>(got->counts.torn_lines));
    state_.metrics.joined.Increment(static_cast<double>(got->counts.joined));
    log_.totals.torn_lines += got->counts.torn_lines;
    log_.totals.joined += got->counts.joined;
  }
  if (generation_->planned >= generation_->size) generation_->waiting_since.reset();
  let_go_of_file();
  log_.reading = false;
  log_.failing = false;
  state_.changed.notify_all();
  return planned;
}

// A compressed file may hold less than its trailer says, or be damaged from some point on.
void LogSegment::note_end(const SegmentRead& got) {
  generation_->failures = 0;
  if (got.missing == 0 || !generation_->file.compressed()) return;
  const auto there = start_ + limit_ - got.missing;
  log_.count_lost({generation_->name, there, generation_->size - there, "damaged in its compressed file"});
  generation_->size = there;
}

Result<std::optional<PlannedObject>> LogSegment::plan_it(const SegmentRead& got,
                                                         std::unique_lock<std::mutex>& lock) {
  auto& generation = *generation_;
  const ObjectName name{log_.id, generation.name, start_, got.date, extension_};
  const SegmentPlan plan{generation.name, start_, got.end, object_key(*log_.place, name)};
  const auto since = generation.waiting_since.value_or(taken_at_);
  auto& open_plan = log_.plans.emplace_back(OpenPlan{plan, since, got.counts.lines, got.date, true});
  generation.planned = got.end;
  // The first records of a new day have waited as long as the last of the old.
  generation.waiting_since = got.at_new_date ? since : taken_at_;
  if (const auto saved = state_.save(log_, lock); !saved) {
    log_.plans.remove_if([&](const OpenPlan& each) { return &each == &open_plan; });
    generation.planned = start_;
    generation.waiting_since = since;
    log_.not_before = state_.clock.steady() + kPauseAfterFailure;
    return saved.error();
  }
  plan_ = &open_plan;
  return PlannedObject{plan.key, got.counts.lines, false};
}

Result<std::optional<PlannedObject>> LogSegment::repeat(const RecordSink& sink) {
  const auto got = read_segment(generation_->file, rules(), {start_, limit_, limit_, tail_}, sink);
  if (!got) return failed(got.error(), false);
  const auto same = unchanged(start_ + limit_);
  if (!same) return failed(same.error(), false);
  if (!*same) return failed({Errc::unavailable, "the file was truncated"}, true);
  const std::lock_guard lock{state_.mutex};
  let_go_of_file();
  plan_->lines = got->counts.lines;
  plan_->date = got->date;
  return PlannedObject{plan_->plan.key, got->counts.lines, true};
}

// Whether the file still is the one that was opened, so that what was read up to `end` is of it.
Result<bool> LogSegment::unchanged(std::uint64_t end) const {
  if (generation_->file.compressed()) return true;
  const auto status = generation_->file.status();
  if (!status) return status.error();
  if (status->size < end) return false;
  if (generation_->identity.head == 0) return true;
  const auto head = read_head(generation_->file, log_.followed.format);
  if (!head) return head.error();
  return head->hash == generation_->identity.head;
}

Error LogSegment::failed(const Error& error, bool replaced) {
  const std::lock_guard lock{state_.mutex};
  state_.metrics.read_failures.Increment();
  log_.not_before = state_.clock.steady() + kPauseAfterFailure;
  generation_->replaced = generation_->replaced || replaced;
  const bool for_ever = ++generation_->failures >= kMostFailures && generation_->rotated && plan_ == nullptr;
  if (for_ever) log_.give_up(*generation_, "it cannot be read: " + error.what);
  if (!std::exchange(log_.failing, true))
    log::warn("container log cannot be read, it is tried again", {{"container", log_.id}, {"error", error}});
  return error.within("reading the log of container " + log_.id);
}

void LogSegment::stored() {
  std::unique_lock lock{state_.mutex};
  if (plan_ == nullptr) return;
  state_.metrics.objects.Increment();
  state_.metrics.lines.Increment(static_cast<double>(plan_->lines));
  state_.metrics.bytes.Increment(static_cast<double>(plan_->plan.end - plan_->plan.start));
  log_.count_stored(*plan_);
  log_.finish_plan(*std::exchange(plan_, nullptr));
  // A failure is repeated by the tailer; until then a crash puts the same object once more.
  if (const auto saved = state_.save(log_, lock); !saved) log_.dirty = true;
}

GapSegment::GapSegment(TailerState& state, ContainerLog& log, OpenGap& gap)
    : state_(state), log_(log), gap_(&gap), extension_(extension_of(gap.gap.key)) {
  ++log_.users;
  gap.taken = true;
}

GapSegment::~GapSegment() {
  const std::lock_guard lock{state_.mutex};
  if (gap_ != nullptr) gap_->taken = false;
  --log_.users;
  state_.changed.notify_all();
}

Result<std::optional<PlannedObject>> GapSegment::read(const RecordSink& sink) {
  sink(gap_->gap.record);
  std::unique_lock lock{state_.mutex};
  if (const auto saved = state_.save(log_, lock); !saved) {
    log_.not_before = state_.clock.steady() + kPauseAfterFailure;
    return saved.error();
  }
  return PlannedObject{gap_->gap.key, 1, true};
}

void GapSegment::stored() {
  std::unique_lock lock{state_.mutex};
  if (gap_ == nullptr) return;
  state_.metrics.objects.Increment();
  ++log_.totals.objects;
  log_.gaps.remove_if([this](const OpenGap& each) { return &each == gap_; });
  gap_ = nullptr;
  if (const auto saved = state_.save(log_, lock); !saved) log_.dirty = true;
}

}  // namespace hakoban
