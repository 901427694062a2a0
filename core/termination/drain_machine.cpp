#include "core/termination/drain_machine.h"

#include <algorithm>

#include "core/termination/drain_turn.h"

namespace hakoban {

DrainState begin_drain(const Notice& notice, const DrainPolicy& policy, std::uint64_t seed) {
  DrainState state;
  state.terms.manner = Manner::none;
  state.dice = seed;
  hear_notice(state, notice, policy);
  settle_causes(state, policy, notice.seen_at);
  return state;
}

DrainTurn advance(DrainState& state, const DrainEvent& event, const DrainPolicy& policy, TimePoint now) {
  absorb(state, event, policy, now);
  DrainTurn turn;
  turn.start = due_actions(state, policy, now);
  turn.milestones = new_milestones(state, policy, now);
  return turn;
}

TimePoint gives_up_at(const DrainState& state, const DrainPolicy& policy) {
  const DrainTerms& terms = state.terms;
  if (terms.final_deadline) return std::max(*terms.final_deadline, terms.since + policy.least_effort);
  if (terms.deadline >= TimePoint::max() - policy.longest_wait) return TimePoint::max();
  return terms.deadline + policy.longest_wait;
}

}  // namespace hakoban
