#include "handlers/drain/drain_session.h"

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

}  // namespace

DrainSession::DrainSession(const DrainPorts& ports, const DrainConfig& config, DrainTimeline& timeline,
                           DrainState state)
    : ports_(ports),
      config_(config),
      timeline_(timeline),
      state_(std::move(state)),
      calls_(ports, config.call_timeout) {
  ports_.logs.hurry(state_.deadline());
}

void DrainSession::turn(Duration patience, const std::stop_token& stop) {
  look_at_host();
  look_at_logs();
  take(TimePassed{}, false);
  write_journal();
  for (const CallEnded& call : calls_.ended(patience, stop)) {
    if (stop.stop_requested()) return;  // cancelled, which says nothing of the call
    timeline_.note_call(state_, call, ports_.clock.now());
    take(call, true);
  }
  write_journal();
}

void DrainSession::hear(const Notice& notice) {
  take(NoticeAgain{notice}, true);
  ports_.logs.hurry(state_.deadline());
}

bool DrainSession::over() const {
  return state_.finished_at && ports_.clock.now() >= gives_up_at(state_, config_.policy);
}

void DrainSession::look_at_host() {
  const std::uint64_t version = ports_.views.version();
  const SteadyPoint now = ports_.clock.steady();
  if (host_seen_at_ && version == seen_version_ && now - *host_seen_at_ < kLookAgain) return;
  seen_version_ = version;
  host_seen_at_ = now;
  const auto view = ports_.views.get();
  take(HostSeen{*view}, true);
}

void DrainSession::look_at_logs() {
  const SteadyPoint now = ports_.clock.steady();
  if (logs_seen_at_ && now - *logs_seen_at_ < (state_.all_ended() ? kLogsAtTheEnd : kLogsWhileRunning))
    return;
  logs_seen_at_ = now;
  // What containers outside of the drained tasks write from now on is not waited for.
  if (state_.all_ended() && !std::exchange(logs_marked_, true)) ports_.logs.mark();
  take(LogsSeen{ports_.logs.backlog().bytes}, false);
}

void DrainSession::take(const DrainEvent& event, bool worth_a_note) {
  const TimePoint now = ports_.clock.now();
  const DrainTurn turn = advance(state_, event, config_.policy, now);
  for (const DrainAction& action : turn.start) calls_.start(action);
  timeline_.tell(state_, turn, now);
  changed_ |= worth_a_note || !turn.start.empty() || !turn.milestones.empty();
}

void DrainSession::write_journal() {
  if (!changed_ || config_.journal.empty()) return;
  changed_ = false;
  std::string text = format_journal(state_);
  if (text == journalled_) return;
  if (const auto written = replace_file(config_.journal, text); !written) {
    timeline_.journal_failed(written.error());
    changed_ = true;
    return;
  }
  journalled_ = std::move(text);
}

}  // namespace hakoban
