#include "handlers/drain/shared_calls.h"

#include <algorithm>

#include <fmt/format.h>

#include "platform/log.h"

namespace hakoban {

namespace {

// Between two questions about a wish that is pending, jittered by a half.
constexpr Duration kAskAgain = 300ms;
// A coordinator that could not be reached is left alone for this long.
constexpr Duration kLeaveAlone = 5s;

}  // namespace

SharedCalls::SharedCalls(DrainDeskPort& desk, const Clock& clock, prometheus::Registry& registry,
                         Random random)
    : desk_(desk),
      clock_(clock),
      random_(std::move(random)),
      calls_(prometheus::BuildCounter()
                 .Name("hakoban_drain_shared_calls_total")
                 .Help("Calls of a drain handed to the coordinator, by outcome; those not done went to AWS "
                       "directly")
                 .Register(registry)) {
  for (const char* outcome : {"done", "failed", "unreachable", "cancelled"})
    calls_.Add({{"outcome", outcome}});
}

std::optional<Result<void>> SharedCalls::carry_out(const std::vector<DeskItem>& items,
                                                   const std::stop_token& stop) {
  if (out_of_reach()) return std::nullopt;
  const DeskRequest request{id_for(items), items};
  while (true) {
    const auto answer = desk_.ask(request, stop);
    if (stop.stop_requested()) break;
    if (!answer) {
      forget(items);
      note_failure(answer.error());
      return std::nullopt;
    }
    if (answer->standing != DeskStanding::pending) {
      forget(items);
      note_answer();
      const bool done = answer->standing == DeskStanding::done;
      count(done ? "done" : "failed");
      if (done) return Result<void>{};
      log::info("the coordinator gave a call back", {{"error", answer->error.value_or(Error{})}});
      return std::nullopt;
    }
    const double spread = 0.5 + random_();
    const auto wait = Duration{static_cast<Duration::rep>(static_cast<double>(kAskAgain.count()) * spread)};
    if (!clock_.sleep(wait, stop)) break;
  }
  count("cancelled");
  return Result<void>{Error{Errc::cancelled, "the coordinator has not carried it out yet"}};
}

std::string SharedCalls::id_for(const std::vector<DeskItem>& items) {
  const std::lock_guard lock{mutex_};
  const auto [found, fresh] = asked_.try_emplace(items);
  if (fresh) {
    const auto part = [this] { return static_cast<std::uint64_t>(random_() * 0x1p53); };
    found->second = fmt::format("{:014x}{:014x}", part(), part());
  }
  return found->second;
}

void SharedCalls::forget(const std::vector<DeskItem>& items) {
  const std::lock_guard lock{mutex_};
  asked_.erase(items);
}

void SharedCalls::note_answer() {
  const std::lock_guard lock{mutex_};
  last_failure_.clear();
}

bool SharedCalls::out_of_reach() const {
  const std::lock_guard lock{mutex_};
  return try_again_at_ && clock_.steady() < *try_again_at_;
}

void SharedCalls::note_failure(const Error& error) {
  count("unreachable");
  const std::lock_guard lock{mutex_};
  const double spread = 0.5 + random_();
  try_again_at_ = clock_.steady() +
                  Duration{static_cast<Duration::rep>(static_cast<double>(kLeaveAlone.count()) * spread)};
  if (last_failure_ == error.what) return;
  last_failure_ = error.what;
  log::warn("the coordinator carries no calls out: this host calls AWS itself", {{"error", error}});
}

void SharedCalls::count(const char* outcome) {
  calls_.Add({{"outcome", outcome}}).Increment();
}

Result<void> SharedEcsControl::set_instance_status(const std::string& cluster,
                                                   const std::string& container_instance_arn,
                                                   std::string_view status, const std::stop_token& stop) {
  if (status == "DRAINING") {
    if (auto shared = shared_.carry_out({{cluster, container_instance_arn, {}}}, stop)) return *shared;
  }
  return direct_.set_instance_status(cluster, container_instance_arn, status, stop);
}

Result<std::string> SharedEcsControl::instance_status(const std::string& cluster,
                                                      const std::string& container_instance_arn,
                                                      const std::stop_token& stop) {
  return direct_.instance_status(cluster, container_instance_arn, stop);
}

Result<void> SharedEcsControl::stop_task(const std::string& cluster, const std::string& task_arn,
                                         std::string_view reason, const std::stop_token& stop) {
  return direct_.stop_task(cluster, task_arn, reason, stop);
}

Result<std::map<std::string, TargetGroupFacts>> SharedLoadBalancers::describe_groups(
    std::span<const std::string> group_arns, const std::stop_token& stop) {
  return direct_.describe_groups(group_arns, stop);
}

Result<std::vector<TargetHealth>> SharedLoadBalancers::target_health(const std::string& group_arn,
                                                                     std::span<const TargetRef> targets,
                                                                     const std::stop_token& stop) {
  return direct_.target_health(group_arn, targets, stop);
}

Result<void> SharedLoadBalancers::deregister_targets(const std::string& group_arn,
                                                     std::span<const TargetRef> targets,
                                                     const std::stop_token& stop) {
  std::vector<DeskItem> items;
  for (const TargetRef& target : targets) items.push_back({"", "", target});
  std::sort(items.begin(), items.end());
  if (auto shared = shared_.carry_out(items, stop)) return *shared;
  return direct_.deregister_targets(group_arn, targets, stop);
}

}  // namespace hakoban
