#include "collectors/logs/log_tailer.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "collectors/logs/segment_choice.h"
#include "collectors/logs/tailer_state.h"
#include "platform/log.h"
#include "platform/pulse.h"

namespace hakoban {
namespace {

// run() looks for a new view and for a hurry so often; that costs no system call.
constexpr Duration kSlice = 250ms;
// So shortly before the deadline an ended container gets no grace any more.
constexpr Duration kLastMoment = 2s;

LogProgress progress_of(const ContainerLog& log, SteadyPoint now) {
  return {log.id,
          log.place,
          log.totals,
          log.unstored_bytes(),
          log.closed,
          log.followed.labels,
          now - log.oldest_unstored().value_or(now)};
}

}  // namespace

class LogTailer::Impl {
 public:
  Impl(const std::vector<LogRoster*>& rosters, FolderWatch& watch, const Clock& clock,
       prometheus::Registry& registry, LogTailerConfig config)
      : watch_(watch), state_(clock, registry, std::move(config)) {
    for (auto* roster : rosters) rosters_.push_back({roster, 0});
  }

  void run(const std::stop_token& stop);
  void look();
  std::unique_ptr<Segment> take(Duration patience, const std::stop_token& stop);
  void hurry(TimePoint deadline);
  void mark();
  void finish();
  [[nodiscard]] LogBacklog backlog() const;
  [[nodiscard]] std::vector<LogProgress> progress() const;
  void set_witness(LogWitness& witness) { witness_ = &witness; }

 private:
  struct Roster {
    LogRoster* roster;
    std::uint64_t seen;  // version
  };

  void wait_for_next_look(const std::stop_token& stop);
  void load_cursors(SteadyPoint now);
  ContainerLog& find_or_add(const FollowedLog& followed, SteadyPoint now);
  [[nodiscard]] bool news() const;
  void see(SteadyPoint now);
  void see(FollowedLog followed, LogRoster& roster, SteadyPoint now);
  void settle_place(ContainerLog& log, SteadyPoint now);
  void watch_folder(ContainerLog& log);
  void look_at(ContainerLog& log, SteadyPoint now);
  [[nodiscard]] bool forget_if_gone(ContainerLog& log);
  void save_dirty(std::unique_lock<std::mutex>& lock);
  void measure(SteadyPoint now);

  std::vector<Roster> rosters_;
  FolderWatch& watch_;
  TailerState state_;
  LogWitness* witness_ = nullptr;
  bool loaded_ = false;
  bool all_known_ = false;  // every roster has told its logs
  bool ending_ = false;
};

void LogTailer::Impl::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    look();
    wait_for_next_look(stop);
  }
  ending_ = true;
  look();
  finish();
}

void LogTailer::Impl::wait_for_next_look(const std::stop_token& stop) {
  for (Duration waited{0}; !stop.stop_requested();) {
    Duration interval = state_.config.poll_interval;
    {
      const std::lock_guard lock{state_.mutex};
      if (state_.hurrying(state_.clock.steady())) interval = state_.config.hurry_interval;
    }
    if (waited >= interval || news()) return;
    const auto slice = std::min(interval - waited, kSlice);
    if (watch_.wait(slice, stop)) return;
    waited += slice;
  }
}

void LogTailer::Impl::look() {
  const auto now = state_.clock.steady();
  std::unique_lock lock{state_.mutex};
  if (!std::exchange(loaded_, true)) load_cursors(now);
  if (news()) see(now);
  for (auto at = state_.logs.begin(); at != state_.logs.end();) {
    look_at(*at->second, now);
    at = forget_if_gone(*at->second) ? state_.logs.erase(at) : std::next(at);
  }
  if (std::exchange(state_.mark_asked, false)) {
    for (const auto& [id, log] : state_.logs) log->mark();
    state_.marked = true;
  }
  if (now >= state_.save_not_before) save_dirty(lock);
  measure(now);
  state_.changed.notify_all();
}

void LogTailer::Impl::load_cursors(SteadyPoint now) {
  auto loaded = state_.cursors.load_all();
  for (const auto& failure : loaded.put_aside) {
    state_.metrics.cursors_put_aside.Increment();
    log::error("log cursor put aside, the log is shipped from its start again", {{"error", failure}});
  }
  for (const auto& cursor : loaded.cursors) {
    FollowedLog followed;
    followed.id = cursor.container_id;
    followed.path = cursor.log_path;
    followed.below_rootfs = cursor.below_rootfs;
    followed.format = cursor.format;
    find_or_add(followed, now).restore(cursor, now);
  }
}

ContainerLog& LogTailer::Impl::find_or_add(const FollowedLog& followed, SteadyPoint now) {
  auto& slot = state_.logs[followed.id];
  if (!slot) {
    const std::filesystem::path named{followed.path};
    const auto path = followed.below_rootfs ? state_.config.rootfs / named.relative_path() : named;
    slot = std::make_unique<ContainerLog>(followed, path, state_.metrics);
    slot->first_seen = now;
    watch_folder(*slot);
  }
  return *slot;
}

void LogTailer::Impl::watch_folder(ContainerLog& log) {
  if (log.watched) return;
  const auto watched = watch_.add(log.path.parent_path());
  // A folder that is not there yet is tried again at the next view.
  log.watched = watched || watched.error().code != Errc::not_found;
  if (!log.watched || watched) return;
  state_.metrics.watch_failures.Increment();
  log::warn("log folder cannot be watched, rotations there are seen by polling alone",
            {{"container", log.id}, {"error", watched.error()}});
}

bool LogTailer::Impl::news() const {
  return std::any_of(rosters_.begin(), rosters_.end(),
                     [](const Roster& each) { return each.roster->version() != each.seen; });
}

void LogTailer::Impl::see(SteadyPoint now) {
  for (const auto& [id, log] : state_.logs) log->in_view = false;
  all_known_ = true;
  for (auto& [roster, seen] : rosters_) {
    // The version first: what is published between is then seen twice, not never.
    seen = roster->version();
    all_known_ = all_known_ && seen > 0;
    if (seen == 0) continue;
    for (auto& followed : roster->logs()) see(std::move(followed), *roster, now);
  }
  if (!all_known_) return;
  for (const auto& [id, log] : state_.logs) {
    if (!log->in_view && !log->ended_since) log->ended_since = now;
  }
}

void LogTailer::Impl::see(FollowedLog followed, LogRoster& roster, SteadyPoint now) {
  auto& log = find_or_add(followed, now);
  if (log.in_view) return;
  log.in_view = true;
  log.roster = &roster;
  watch_folder(log);
  if (!followed.ended) {
    log.ended_since.reset();
  } else if (!log.ended_since) {
    log.ended_since = now;
  }
  log.followed = std::move(followed);
}

void LogTailer::Impl::settle_place(ContainerLog& log, SteadyPoint now) {
  if (log.place) return;
  log.place = log.followed.place;
  const bool gone = all_known_ && !log.in_view;  // nothing more will be learned about it
  const bool at_once = gone || ending_ || state_.hurrying(now);
  const bool named = log.roster != nullptr || gone;
  if (!log.place && named && (at_once || now - log.first_seen >= state_.config.identity_wait))
    log.place = log.followed.place_if_unknown;
}

void LogTailer::Impl::look_at(ContainerLog& log, SteadyPoint now) {
  const bool last_moment = state_.hurrying(now) && now >= *state_.deadline - kLastMoment;
  settle_place(log, now);
  log.closed = log.ended_since && (now - *log.ended_since >= state_.config.exit_grace || last_moment);
  log.look(now, watch_);
  log.tell_gaps(state_.clock.now(), state_.config.extension);
  if (log.closed && !log.parked() && log.users == 0 && !log.dirty && log.unstored_bytes() == 0) log.park();
}

// A container that Docker has removed, with all it wrote stored. One whose file still stands there is only
// missing from the view.
bool LogTailer::Impl::forget_if_gone(ContainerLog& log) {
  if (!all_known_ || log.in_view || !log.parked() || log.users > 0) return false;
  const auto status = file_status(log.path);
  if (status || status.error().code != Errc::not_found) return false;
  log.drop_lost(true);
  log.tell_gaps(state_.clock.now(), state_.config.extension);
  if (!log.gaps.empty()) return false;
  if (witness_ != nullptr && !witness_->may_forget(progress_of(log, state_.clock.steady()))) return false;
  if (!log.has_cursor_file) return true;
  const auto removed = state_.cursors.remove(log.id);
  if (!removed) state_.metrics.cursor_failures.Increment();
  return removed.has_value();
}

void LogTailer::Impl::save_dirty(std::unique_lock<std::mutex>& lock) {
  // Only look() removes logs, so the addresses hold while the lock is let go.
  std::vector<ContainerLog*> dirty;
  for (const auto& [id, log] : state_.logs) {
    if (log->dirty) dirty.push_back(log.get());
  }
  for (auto* log : dirty) {
    log->dirty = false;
    if (!state_.save(*log, lock)) break;
  }
}

void LogTailer::Impl::measure(SteadyPoint now) {
  std::uint64_t pending = 0;
  std::size_t files = 0;
  Duration lag{0};
  for (const auto& [id, log] : state_.logs) {
    pending += log->unstored_bytes();
    files += log->open_files();
    lag = std::max(lag, now - log->oldest_unstored().value_or(now));
  }
  state_.metrics.pending_bytes.Set(static_cast<double>(pending));
  state_.metrics.active_files.Set(static_cast<double>(files));
  state_.metrics.lag_seconds.Set(as_seconds(lag));
}

std::unique_ptr<Segment> LogTailer::Impl::take(Duration patience, const std::stop_token& stop) {
  const Idle idle;
  std::unique_lock lock{state_.mutex};
  std::unique_ptr<Segment> segment;
  const auto found_or_over = [&] {
    const auto now = state_.clock.steady();
    segment =
        state_.hurrying(now) || state_.finishing ? take_from_largest(state_, now) : take_in_turn(state_, now);
    return segment != nullptr || (state_.finishing && !any_reading(state_));
  };
  state_.changed.wait_for(lock, stop, patience, found_or_over);
  return segment;
}

void LogTailer::Impl::hurry(TimePoint deadline) {
  const auto now = state_.clock.steady();
  const auto at = now + (deadline - state_.clock.now());
  const std::lock_guard lock{state_.mutex};
  if (!state_.hurrying(now)) state_.marked = state_.mark_asked = false;
  state_.deadline = state_.hurrying(now) ? std::min(*state_.deadline, at) : at;
  state_.changed.notify_all();
}

void LogTailer::Impl::mark() {
  const std::lock_guard lock{state_.mutex};
  // Taken at the next look, which also sees what was rotated just now; until then all counts.
  state_.mark_asked = !state_.marked;
}

void LogTailer::Impl::finish() {
  const std::lock_guard lock{state_.mutex};
  state_.finishing = true;
  state_.marked = state_.mark_asked = false;
  state_.changed.notify_all();
}

LogBacklog LogTailer::Impl::backlog() const {
  const auto now = state_.clock.steady();
  const std::lock_guard lock{state_.mutex};
  LogBacklog left;
  for (const auto& [id, log] : state_.logs) {
    if (!state_.marked) log->refresh(now);
    const auto bytes = state_.marked ? log->marked_bytes() : log->unstored_bytes();
    left.bytes += bytes;
    left.containers += bytes > 0 ? 1 : 0;
  }
  return left;
}

std::vector<LogProgress> LogTailer::Impl::progress() const {
  const auto now = state_.clock.steady();
  const std::lock_guard lock{state_.mutex};
  std::vector<LogProgress> all;
  for (const auto& [id, log] : state_.logs) all.push_back(progress_of(*log, now));
  return all;
}

LogTailer::LogTailer(const std::vector<LogRoster*>& rosters, FolderWatch& watch, const Clock& clock,
                     prometheus::Registry& registry, LogTailerConfig config)
    : impl_(std::make_unique<Impl>(rosters, watch, clock, registry, std::move(config))) {}

LogTailer::~LogTailer() = default;

void LogTailer::run(const std::stop_token& stop) {
  impl_->run(stop);
}

void LogTailer::look() {
  impl_->look();
}

std::unique_ptr<Segment> LogTailer::take(Duration patience, const std::stop_token& stop) {
  return impl_->take(patience, stop);
}

void LogTailer::hurry(TimePoint deadline) {
  impl_->hurry(deadline);
}

void LogTailer::mark() {
  impl_->mark();
}

void LogTailer::finish() {
  impl_->finish();
}

void LogTailer::set_witness(LogWitness& witness) {
  impl_->set_witness(witness);
}

std::vector<LogProgress> LogTailer::progress() const {
  return impl_->progress();
}

LogBacklog LogTailer::backlog() const {
  return impl_->backlog();
}

}  // namespace hakoban
