#include "handlers/drain/drain_session.h"

#include <algorithm>
#include <utility>

#include "handlers/drain/drain_journal.h"
#include "platform/files.h"

namespace hakoban {

namespace {

// A view that has not changed is looked at again after this, since a task may be missing from it for too
// long.
constexpr Duration kLookAgain = 1s;
// Asking for the backlog looks at every log file: seldom while tasks run, often when only the logs are waited
// for.
constexpr Duration kLogsWhileRunning = 1s;
constexpr Duration kLogsAtTheEnd = 200ms;

// A hard drain has no time to wait for a slow disk, and a host that crashes under it needs no journal any
// more; that of one that is over may be read by the next boot.
Lasting journal_lasts(const DrainState& state) {
  const bool presses = state.terms.manner == Manner::hard && !state.finished_at;
  return presses ? Lasting::past_process : Lasting::past_host;
}

}  // namespace

DrainSession::DrainSession(const DrainPorts& ports, const DrainConfig& config, DrainTimeline& timeline,
                           DrainState state, std::string boot_id)
    : ports_(ports),
      config_(config),
      timeline_(timeline),
      state_(std::move(state)),
      boot_id_(std::move(boot_id)),
      calls_(ports, config.call_timeout) {
  hurry_logs();
}

void DrainSession::turn(Duration patience, const std::stop_token& stop) {
  look_at_host();
  look_at_logs();
  take(TimePassed{}, false);
  hurry_logs();
  write_journal();
  for (const CallEnded& call : calls_.ended(patience, stop)) {
    if (stop.stop_requested()) break;  // cancelled, which says nothing of the call
    if (call.action.call == DrainCall::ask_backlog) {
      asking_logs_ = false;
      take(LogsSeen{call.log_bytes_left}, false);
      continue;
    }
    timeline_.note_call(state_, call, ports_.clock.now());
    take(call, true);
  }
  write_journal();
}

void DrainSession::hear(const Notice& notice) {
  take(NoticeHeard{notice}, true);
  hurry_logs();
}

void DrainSession::dismiss() {
  take(Dismissed{}, true);
}

bool DrainSession::resting() const {
  if (!state_.finished_at || state_.called_off_at) return false;
  return state_.terms.manner != Manner::hard || ports_.clock.now() >= gives_up_at(state_, config_.policy);
}

// A gentle drain may last for hours: its logs are hurried when all has ended, or the deadline is near.
void DrainSession::hurry_logs() {
  if (state_.called_off_at || state_.terms.manner <= Manner::mark) return;
  const TimePoint now = ports_.clock.now();
  const bool near = now >= state_.deadline() - config_.policy.notices.default_budget;
  const bool due = state_.terms.manner == Manner::hard || near || (state_.host_seen_at && state_.all_ended());
  const TimePoint deadline = std::max(state_.deadline(), now);
  if (!due || (logs_hurried_for_ && *logs_hurried_for_ <= deadline)) return;
  logs_hurried_for_ = deadline;
  ports_.logs.hurry(deadline);
}

void DrainSession::look_at_host() {
  const std::uint64_t version = ports_.views.version();
  const SteadyPoint now = ports_.clock.steady();
  if (host_seen_at_ && version == seen_version_ && now - *host_seen_at_ < kLookAgain) return;
  seen_version_ = version;
  host_seen_at_ = now;
  const auto view = ports_.views.get();
  take(HostSeen{*view}, true);
  refresh_unknown();
}

// A task that appears in the middle is asked about at once, not with the next one.
void DrainSession::refresh_unknown() {
  std::size_t unknown = 0;
  for (const auto& [arn, progress] : state_.tasks) {
    unknown += progress.task.kind == TaskKind::unknown && !progress.ended_at ? 1 : 0;
  }
  if (unknown > tasks_unknown_ && ports_.refresh_views) ports_.refresh_views();
  tasks_unknown_ = unknown;
}

// Asked like any other call, on a thread of its own: whatever holds the log pipeline up must not hold the
// drain.
void DrainSession::look_at_logs() {
  if (asking_logs_) return;
  const SteadyPoint now = ports_.clock.steady();
  if (logs_seen_at_ && now - *logs_seen_at_ < (state_.all_ended() ? kLogsAtTheEnd : kLogsWhileRunning))
    return;
  logs_seen_at_ = now;
  // What containers outside of the drained tasks write from now on is not waited for.
  const bool last_ended = state_.host_seen_at && state_.all_ended();
  if (last_ended && !std::exchange(logs_marked_, true)) ports_.logs.mark();
  asking_logs_ = true;
  DrainAction ask;
  ask.call = DrainCall::ask_backlog;
  calls_.start(std::move(ask));
}

void DrainSession::take(const DrainEvent& event, bool worth_a_note) {
  const TimePoint now = ports_.clock.now();
  const DrainTurn turn = advance(state_, event, config_.policy, now);
  changed_ |= worth_a_note || !turn.start.empty() || !turn.milestones.empty();
  // That we try to set DRAINING is on disk before it is done, where it may have to be undone: after a death
  // in between, the state that ECS tells would look like another's doing.
  const bool claims = std::any_of(turn.start.begin(), turn.start.end(), [](const DrainAction& action) {
    return action.call == DrainCall::set_draining;
  });
  if (claims && state_.terms.manner != Manner::hard) write_journal();
  for (const DrainAction& action : turn.start) calls_.start(action);
  timeline_.tell(state_, turn, now);
}

void DrainSession::write_journal() {
  if (!changed_) return;
  changed_ = false;
  ++version_;
  if (config_.journal.empty()) return;
  std::string text = format_journal(state_, boot_id_);
  if (text == journalled_) return;
  if (const auto written = replace_file(config_.journal, text, 0600, journal_lasts(state_)); !written) {
    timeline_.journal_failed(written.error());
    changed_ = true;
    return;
  }
  journalled_ = std::move(text);
}

}  // namespace hakoban
