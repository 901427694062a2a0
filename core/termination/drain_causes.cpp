// Notices come and go while a drain lasts: what they come to.
#include <algorithm>

#include "core/termination/drain_turn.h"

namespace hakoban {

namespace {

bool stands(const DrainCause& cause, const DrainPolicy& policy, TimePoint now) {
  if (cause.dismissed) return false;
  if (!cause.notice.withdrawn) return true;
  return cause.notice.kind == NoticeKind::spot_interruption &&
         now < cause.terms.deadline + policy.survival_grace;
}

void begin_anew(DrainState& state) {
  state.reached.clear();
  state.finished_at.reset();
  state.called_off_at.reset();
  state.returned_at.reset();
}

// A host that was stopped with its notice and started again gets the next one under the same id.
bool is_next_interruption(const DrainCause& known, const Notice& told, const DrainPolicy& policy) {
  return told.deadline && known.terms.manner == Manner::hard &&
         *told.deadline > known.terms.deadline + policy.repeat_window;
}

// What is known of the host is from a time before it came back.
void start_over(DrainState& state) {
  begin_anew(state);
  state.draining_at.reset();
  state.draining_tried_at.reset();
  state.status_before.clear();
  state.tasks.clear();
  state.targets.clear();
  state.discovery.clear();
  state.lifecycle = {};
  state.host_seen_at.reset();
  std::erase_if(state.attempts, [](const auto& attempt) { return !attempt.second.in_flight; });
}

void take_in_repetition(DrainCause& known, const Notice& told, const DrainPolicy& policy) {
  if (told.deadline && (!known.notice.deadline || *told.deadline < *known.notice.deadline)) {
    known.notice.deadline = told.deadline;
  }
  known.notice.action = told.action;
  NoticeTerms fresh = terms_of(known.notice, policy.notices);
  if (fresh.manner > known.terms.manner) {
    // The same source asks for more than before: its time counts from now.
    known.notice.seen_at = told.seen_at;
    fresh = terms_of(known.notice, policy.notices);
  }
  fresh.manner = std::max(fresh.manner, known.terms.manner);
  fresh.deadline = std::min(fresh.deadline, known.terms.deadline);
  fresh.final |= known.terms.final;
  known.terms = fresh;
}

}  // namespace

void hear_notice(DrainState& state, const Notice& notice, const DrainPolicy& policy) {
  const auto found = state.causes.find(notice.id);
  if (notice.withdrawn) {
    if (found != state.causes.end()) found->second.notice.withdrawn = true;
    return;
  }
  if (found == state.causes.end()) {
    state.causes[notice.id] = {notice, terms_of(notice, policy.notices), false};
    return;
  }
  DrainCause& known = found->second;
  if (known.dismissed && notice.kind != NoticeKind::operator_request) return;
  const bool next = is_next_interruption(known, notice, policy);
  if (next) start_over(state);
  if (next || known.dismissed || known.notice.withdrawn) {
    known = {notice, terms_of(notice, policy.notices), false};
  } else {
    take_in_repetition(known, notice, policy);
  }
}

void dismiss(DrainState& state) {
  for (auto& [id, cause] : state.causes) {
    const NoticeKind kind = cause.notice.kind;
    cause.dismissed |= kind == NoticeKind::operator_request || kind == NoticeKind::rebalance ||
                       kind == NoticeKind::maintenance;
  }
}

void settle_causes(DrainState& state, const DrainPolicy& policy, TimePoint now) {
  DrainTerms fresh;
  fresh.manner = Manner::none;
  fresh.deadline = TimePoint::max();
  for (const auto& [id, cause] : state.causes) {
    if (!stands(cause, policy, now)) continue;
    const NoticeTerms& terms = cause.terms;
    if (terms.manner > fresh.manner || (terms.manner == fresh.manner && terms.begin_at < fresh.since)) {
      fresh.since = terms.begin_at;
    }
    fresh.manner = std::max(fresh.manner, terms.manner);
    fresh.deadline = std::min(fresh.deadline, terms.deadline);
    if (terms.final && (!fresh.final_deadline || terms.deadline < *fresh.final_deadline)) {
      fresh.final_deadline = terms.deadline;
    }
  }
  if (fresh.manner == Manner::none) {
    if (!state.called_off_at) state.called_off_at = now;
    state.terms.manner = Manner::none;
    return;
  }
  if (fresh.manner > state.terms.manner) begin_anew(state);
  state.terms = fresh;
}

}  // namespace hakoban
