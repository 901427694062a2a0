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

std::string extension_of(std::string_view key) {
  const auto dot = key.rfind(".ndjson");
  return std::string{dot == std::string_view::npos ? kGzipExtension : key.substr(dot)};
}

}  // namespace

LogSegment::Span LogSegment::span_of(ContainerLog& log, LogGeneration& generation, std::uint64_t max_bytes) {
  using Tail = SegmentRange::Tail;
  const auto own = generation.size - generation.planned;
  Span span;
  span.next = own <= max_bytes ? log.successor_of(generation) : nullptr;
  span.available = own + (span.next == nullptr ? 0 : span.next->size);
  // A rest without anything whole is taken as it is, when it has waited or nothing follows.
  const bool barren = generation.barren == generation.planned + span.available;
  span.limit = barren ? span.available : std::min(own, max_bytes);
  const bool rotated = generation.rotated && !log.awaits_successor(generation);
  const bool nothing_follows =
      span.next == nullptr ? rotated || log.closed : log.closed && !span.next->rotated;
  span.tail = nothing_follows && span.limit == span.available ? Tail::last : barren ? Tail::cut : Tail::open;
  return span;
}

LogSegment::LogSegment(TailerState& state, ContainerLog& log, LogGeneration& generation, SteadyPoint now,
                       std::uint64_t max_bytes)
    : LogSegment(state, log, generation, now, span_of(log, generation, max_bytes)) {}

LogSegment::LogSegment(TailerState& state, ContainerLog& log, LogGeneration& generation, SteadyPoint now,
                       const Span& span)
    : state_(state),
      log_(log),
      generation_(&generation),
      next_(span.next),
      start_(generation.planned),
      own_end_(generation.size),
      available_(span.available),
      limit_(span.limit),
      tail_(span.tail),
      extension_(state.config.extension),
      taken_at_(now) {
  ++log_.users;
  ++generation.readers;
  if (next_ != nullptr) ++next_->readers;
  log_.reading = true;
}

LogSegment::LogSegment(TailerState& state, ContainerLog& log, LogGeneration& generation, OpenPlan& plan)
    : state_(state),
      log_(log),
      generation_(&generation),
      next_(plan.plan.continued_in.empty() ? nullptr : log.generation_named(plan.plan.continued_in)),
      plan_(&plan),
      start_(plan.plan.start),
      own_end_(plan.plan.end),
      available_(plan.plan.end - plan.plan.start + plan.plan.continued_end),
      limit_(available_),
      tail_(SegmentRange::Tail::exact),
      extension_(extension_of(plan.plan.key)) {
  ++log_.users;
  ++generation.readers;
  if (next_ != nullptr) ++next_->readers;
  plan.taken = true;
}

LogBytes LogSegment::bytes() const {
  return {generation_->file, own_end_, next_ == nullptr ? nullptr : &next_->file};
}

RecordRules LogSegment::rules() const {
  return {decoder_of(log_.followed.format), state_.config.longest_line};
}

LogSegment::~LogSegment() {
  const std::lock_guard lock{state_.mutex};
  const bool reads_on = generation_ != nullptr && plan_ == nullptr;
  if (reads_on) log_.reading = false;
  let_go_of_files();
  if (plan_ != nullptr) plan_->taken = false;
  --log_.users;
  state_.changed.notify_all();
}

void LogSegment::let_go_of_files() {
  if (generation_ != nullptr) --generation_->readers;
  if (next_ != nullptr) --next_->readers;
  generation_ = next_ = nullptr;
}

Result<std::optional<PlannedObject>> LogSegment::read(const RecordSink& sink) {
  if (plan_ != nullptr) return repeat(sink);
  const auto got = read_segment(bytes(), rules(), {start_, limit_, available_, tail_}, sink);
  if (!got) return failed(got.error(), false);
  const auto same = unchanged(got->end);
  if (!same) return failed(same.error(), false);
  if (!*same) return failed({Errc::unavailable, "the file was truncated while it was read"}, true);

  std::unique_lock lock{state_.mutex};
  note_end(*got);
  Result<std::optional<PlannedObject>> planned{std::nullopt};
  if (got->end == start_) {
    generation_->barren = start_ + available_;
    generation_->barren_since = taken_at_;
  } else if (got->counts.lines == 0) {
    generation_->planned = std::min(got->end, own_end_);
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
  let_go_of_files();
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
  SegmentPlan plan{generation.name, start_, got.end, object_key(*log_.place, name), "", 0};
  if (got.end > own_end_ && next_ != nullptr) {
    plan.end = own_end_;
    plan.continued_in = next_->name;
    plan.continued_end = got.end - own_end_;
  }
  const auto since = generation.waiting_since.value_or(taken_at_);
  auto& open_plan = log_.plans.emplace_back(OpenPlan{plan, since, got.counts.lines, got.date, true});
  set_planned(plan);
  // The first records of a new day have waited as long as the last of the old.
  generation.waiting_since = got.at_new_date ? since : taken_at_;
  if (const auto saved = state_.save(log_, lock); !saved) {
    log_.plans.remove_if([&](const OpenPlan& each) { return &each == &open_plan; });
    generation.planned = start_;
    if (!plan.continued_in.empty()) next_->planned = 0;
    generation.waiting_since = since;
    log_.not_before = state_.clock.steady() + kPauseAfterFailure;
    return saved.error();
  }
  plan_ = &open_plan;
  return PlannedObject{plan.key, got.counts.lines, false};
}

void LogSegment::set_planned(const SegmentPlan& plan) {
  generation_->planned = plan.end;
  if (plan.continued_in.empty()) return;
  next_->planned = plan.continued_end;
  next_->waiting_since = taken_at_;
  if (next_->planned >= next_->size) next_->waiting_since.reset();
}

Result<std::optional<PlannedObject>> LogSegment::repeat(const RecordSink& sink) {
  const auto got = read_segment(bytes(), rules(), {start_, limit_, limit_, tail_}, sink);
  if (!got) return failed(got.error(), false);
  const auto same = unchanged(start_ + limit_);
  if (!same) return failed(same.error(), false);
  if (!*same) return failed({Errc::unavailable, "the file was truncated"}, true);
  const std::lock_guard lock{state_.mutex};
  let_go_of_files();
  plan_->lines = got->counts.lines;
  plan_->date = got->date;
  return PlannedObject{plan_->plan.key, got->counts.lines, true};
}

// Whether the files still are those that were opened, so that what was read up to `end` is of them.
Result<bool> LogSegment::unchanged(std::uint64_t end) const {
  auto same = unchanged(*generation_, std::min(end, own_end_));
  if (!same || !*same || next_ == nullptr || end <= own_end_) return same;
  return unchanged(*next_, end - own_end_);
}

Result<bool> LogSegment::unchanged(const LogGeneration& generation, std::uint64_t end) const {
  if (generation.file.compressed()) return true;
  const auto status = generation.file.status();
  if (!status) return status.error();
  if (status->size < end) return false;
  if (generation.identity.head == 0) return true;
  const auto head = read_head(generation.file, log_.followed.format);
  if (!head) return head.error();
  return head->hash == generation.identity.head;
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
