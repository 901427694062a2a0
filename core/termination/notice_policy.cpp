#include "core/termination/notice_policy.h"

#include <algorithm>

#include <fmt/format.h>

namespace hakoban {

namespace {

NoticeTerms hard(const Notice& notice, const NoticePolicy& policy) {
  return {Manner::hard, notice.seen_at, notice.deadline.value_or(notice.seen_at + policy.default_budget),
          true};
}

NoticeTerms soft(Manner manner, const Notice& notice, Duration budget) {
  NoticeTerms terms{manner, notice.seen_at, notice.deadline.value_or(notice.seen_at + budget), false};
  if (manner <= Manner::mark) terms.deadline = TimePoint::max();
  return terms;
}

NoticeTerms maintenance(const Notice& notice, const NoticePolicy& policy) {
  const auto found = policy.maintenance.find(notice.action);
  const Manner manner = found == policy.maintenance.end() ? policy.other_maintenance : found->second;
  NoticeTerms terms = soft(manner, notice, policy.default_budget);
  if (!notice.deadline) return terms;
  // A window that is open already may be used at any moment, or hours from now.
  const TimePoint least = notice.seen_at + policy.default_budget;
  if (manner > Manner::mark) terms.deadline = std::max(*notice.deadline, least);
  terms.final = manner > Manner::mark;
  terms.begin_at = std::max(notice.seen_at, *notice.deadline - policy.maintenance_lead);
  return terms;
}

}  // namespace

std::string_view name_of(Manner manner) {
  switch (manner) {
    case Manner::none:
      return "none";
    case Manner::mark:
      return "mark";
    case Manner::gentle:
      return "gentle";
    case Manner::hard:
      return "hard";
  }
  return "unknown";
}

Result<Manner> parse_manner(std::string_view word) {
  if (word == "ignore") return Manner::none;
  if (word == "mark") return Manner::mark;
  if (word == "drain") return Manner::gentle;
  return Error{Errc::invalid, fmt::format("'{}' is none of ignore, mark, drain", word)};
}

NoticeTerms terms_of(const Notice& notice, const NoticePolicy& policy) {
  switch (notice.kind) {
    case NoticeKind::spot_interruption:
    case NoticeKind::host_shutdown:
      return hard(notice, policy);
    case NoticeKind::rebalance:
      return soft(policy.rebalance, notice, policy.rebalance_budget);
    case NoticeKind::lifecycle:
      return soft(Manner::gentle, notice, policy.lifecycle_budget);
    case NoticeKind::maintenance:
      return maintenance(notice, policy);
    case NoticeKind::operator_request:
      if (notice.action == kDrainNow) return hard(notice, policy);
      return soft(Manner::gentle, notice, policy.operator_budget);
  }
  return {};
}

}  // namespace hakoban
