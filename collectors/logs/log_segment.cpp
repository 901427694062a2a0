#include "collectors/logs/log_segment.h"

#include <algorithm>
#include <utility>

#include "collectors/logs/segment_reader.h"
#include "core/logs/object_key.h"
#include "platform/log.h"

namespace hakoban {
namespace {

constexpr std::string_view kExtension = ".ndjson.gz";
constexpr Duration kPauseAfterFailure = 1s;

bool nothing_follows(const ContainerLog& log, const LogGeneration& generation) {
  return generation.rotated || log.closed;
}

// A rest without a whole line, of a file that does not grow any more, is taken as it is.
std::uint64_t limit_of(const LogGeneration& generation, std::uint64_t max_bytes) {
  const auto available = generation.size - generation.planned;
  return generation.barren == generation.size ? available : std::min(available, max_bytes);
}

}  // namespace

LogSegment::LogSegment(TailerState& state, ContainerLog& log, LogGeneration& generation, SteadyPoint now)
    : state_(state),
      log_(log),
      generation_(&generation),
      start_(generation.planned),
      available_(generation.size - generation.planned),
      limit_(limit_of(generation, state.config.max_bytes)),
      last_(nothing_follows(log, generation) && limit_ == available_),
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
      last_(false) {
  ++log_.users;
  ++generation.readers;
  plan.taken = true;
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
  const SegmentRange range{start_, limit_, available_,
                           last_ ? SegmentRange::Tail::last : SegmentRange::Tail::open};
  const auto got = read_segment(generation_->file, range, sink);
  if (!got) return failed(got.error(), false);
  const auto same = unchanged(got->end);
  if (!same) return failed(same.error(), false);
  if (!*same) return failed({Errc::unavailable, "the file was truncated while it was read"}, true);

  std::unique_lock lock{state_.mutex};
  Result<std::optional<PlannedObject>> planned{std::nullopt};
  if (got->end == start_) {
    generation_->barren = generation_->size;
  } else if (got->lines == 0) {
    generation_->planned = got->end;
    generation_->waiting_since = taken_at_;
    log_.dirty = true;
  } else {
    planned = plan_it(*got, lock);
  }
  if (planned) {
    state_.metrics.torn_lines.Increment(static_cast<double>(got->torn_lines));
    log_.totals.torn_lines += got->torn_lines;
  }
  if (generation_->planned >= generation_->size) generation_->waiting_since.reset();
  let_go_of_file();
  log_.reading = false;
  log_.failing = false;
  state_.changed.notify_all();
  return planned;
}

Result<std::optional<PlannedObject>> LogSegment::plan_it(const SegmentRead& got,
                                                         std::unique_lock<std::mutex>& lock) {
  auto& generation = *generation_;
  const ObjectName name{log_.id, generation.name, start_, got.date, kExtension};
  const SegmentPlan plan{generation.name, start_, got.end, object_key(*log_.place, name)};
  const auto since = generation.waiting_since.value_or(taken_at_);
  auto& open_plan = log_.plans.emplace_back(OpenPlan{plan, since, got.lines, got.date, true});
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
  return PlannedObject{plan.key, got.lines};
}

Result<std::optional<PlannedObject>> LogSegment::repeat(const RecordSink& sink) {
  const auto got = read_segment(generation_->file, {start_, limit_, limit_, SegmentRange::Tail::exact}, sink);
  if (!got) return failed(got.error(), false);
  const auto same = unchanged(start_ + limit_);
  if (!same) return failed(same.error(), false);
  if (!*same) return failed({Errc::unavailable, "the file was truncated"}, true);
  const std::lock_guard lock{state_.mutex};
  let_go_of_file();
  plan_->lines = got->lines;
  plan_->date = got->date;
  return PlannedObject{plan_->plan.key, got->lines};
}

// Whether the file still is the one that was opened, so that what was read up to `end` is of it.
Result<bool> LogSegment::unchanged(std::uint64_t end) const {
  const auto status = generation_->file.status();
  if (!status) return status.error();
  if (status->size < end) return false;
  if (generation_->identity.head == 0) return true;
  const auto head = read_head(generation_->file);
  if (!head) return head.error();
  return head->hash == generation_->identity.head;
}

Error LogSegment::failed(const Error& error, bool replaced) {
  const std::lock_guard lock{state_.mutex};
  state_.metrics.read_failures.Increment();
  log_.not_before = state_.clock.steady() + kPauseAfterFailure;
  generation_->replaced = generation_->replaced || replaced;
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

}  // namespace hakoban
