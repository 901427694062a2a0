#include "handlers/drain/drainer.h"

#include <utility>

#include "core/termination/drain_machine.h"
#include "handlers/drain/drain_journal.h"
#include "handlers/drain/drain_session.h"
#include "platform/files.h"
#include "platform/log.h"

namespace hakoban {

namespace {

constexpr Duration kTurn = 20ms;  // during a drain; it bounds how late an answer or an event is taken up
constexpr Duration kIdle = 1s;

std::vector<RunningTask> running_tasks(const HostView& view, const DrainPolicy& policy) {
  std::vector<RunningTask> tasks;
  for (const TaskView& task : view.tasks) {
    if (still_running(task)) tasks.push_back(running_task(task, policy));
  }
  return tasks;
}

void warn_of_unknown_instance(const HostView& view) {
  if (!view.ecs.container_instance_arn.empty()) return;
  log::warn(
      "the container instance is not known: it cannot be set DRAINING; deregistering and stopping go on");
}

}  // namespace

Drainer::Drainer(DrainPorts ports, DrainConfig config, prometheus::Registry& registry, Random random)
    : ports_(ports), config_(std::move(config)), random_(std::move(random)), timeline_(registry) {}

Drainer::~Drainer() = default;

void Drainer::run(const std::stop_token& stop) {
  resume();
  while (!stop.stop_requested()) {
    if (const auto notice = inbox_.pop(session_ ? Duration{0} : kIdle, stop)) hear(*notice);
    if (!session_) continue;
    session_->turn(kTurn, stop);
    if (!session_->over()) continue;
    past_ = session_->state();
    session_.reset();
  }
  session_.reset();
}

void Drainer::resume() {
  if (config_.journal.empty() || config_.dry_run) return;
  const auto text = read_file(config_.journal);
  if (!text) {
    if (text.error().code != Errc::not_found) timeline_.journal_failed(text.error());
    return;
  }
  auto state = parse_journal(*text);
  if (!state) {
    timeline_.journal_failed(state.error());
    return;
  }
  const TimePoint now = ports_.clock.now();
  if (now >= gives_up_at(*state, config_.policy)) {
    // Its host was stopped, or it was finished: either way only its notice matters, should it be told again.
    log::info("an earlier drain is over", {{"notice", state->notice.id},
                                           {"deadline", format_rfc3339(state->deadline())},
                                           {"finished", state->finished_at.has_value()}});
    past_ = std::move(*state);
    return;
  }
  state->dice = seed();
  timeline_.resume(*state);
  adopt(std::move(*state));
}

void Drainer::hear(const Notice& notice) {
  if (notice.kind != NoticeKind::spot_interruption) {
    log::info("notice without a policy: nothing is done",
              {{"kind", name_of(notice.kind)}, {"id", notice.id}});
    return;
  }
  if (session_) {
    session_->hear(notice);
    return;
  }
  if (notice.withdrawn) return;
  if (past_ && same_event(*past_, notice, config_.policy)) {
    log::info("this notice has been answered by a drain already", {{"id", notice.id}});
    return;
  }
  config_.dry_run ? rehearse(notice) : begin(notice);
}

void Drainer::begin(const Notice& notice) {
  DrainState state = begin_drain(notice, config_.policy, seed());
  const auto view = ports_.views.get();
  timeline_.begin(
      state, plan_drain(notice, running_tasks(*view, config_.policy), config_.policy, ports_.clock.now()));
  warn_of_unknown_instance(*view);
  adopt(std::move(state));
}

void Drainer::rehearse(const Notice& notice) {
  const auto view = ports_.views.get();
  timeline_.tell_plan(
      notice, plan_drain(notice, running_tasks(*view, config_.policy), config_.policy, ports_.clock.now()),
      *view);
  past_ = begin_drain(notice, config_.policy, 0);
}

std::uint64_t Drainer::seed() const {
  return static_cast<std::uint64_t>(random_() * static_cast<double>(1ULL << 53));
}

void Drainer::adopt(DrainState state) {
  session_ = std::make_unique<DrainSession>(ports_, config_, timeline_, std::move(state));
}

}  // namespace hakoban
