#include "handlers/drain/drainer.h"

#include <algorithm>
#include <utility>

#include "core/termination/drain_machine.h"
#include "handlers/drain/drain_journal.h"
#include "handlers/drain/drain_session.h"
#include "platform/files.h"
#include "platform/log.h"

namespace hakoban {

namespace {

// During a drain; they bound how late an event is taken up. Answers are taken up at once.
constexpr Duration kTurn = 20ms;
constexpr Duration kGentleTurn = 100ms;
constexpr Duration kIdle = 1s;

void warn_of_unknown_instance(const HostView& view) {
  if (!view.ecs.container_instance_arn.empty()) return;
  log::warn(
      "the container instance is not known: it cannot be set DRAINING; deregistering and stopping go on");
}

bool is_other_drainer(const ContainerView& container) {
  return container.state == ContainerState::running &&
         container.image.find("node-termination-handler") != std::string::npos;
}

bool other_drainer_runs(const HostView& view) {
  bool found = std::any_of(view.other_containers.begin(), view.other_containers.end(), is_other_drainer);
  for (const TaskView& task : view.tasks)
    found |= std::any_of(task.containers.begin(), task.containers.end(), is_other_drainer);
  return found;
}

// Another boot than the one in which the drain began: what the shutdown or the interruption was to end has
// ended.
void withdraw_those_before_this_boot(DrainState& state, TimePoint now) {
  for (auto& [id, cause] : state.causes) {
    const NoticeKind kind = cause.notice.kind;
    const bool interrupted = kind == NoticeKind::spot_interruption && cause.terms.deadline < now;
    cause.notice.withdrawn |= kind == NoticeKind::host_shutdown || interrupted;
  }
}

std::vector<Notice> standing_notices(const DrainState& state) {
  std::vector<Notice> notices;
  for (const auto& [id, cause] : state.causes) {
    if (!cause.notice.withdrawn && !cause.dismissed) notices.push_back(cause.notice);
  }
  return notices;
}

}  // namespace

Drainer::Drainer(DrainPorts ports, DrainConfig config, prometheus::Registry& registry, Random random)
    : ports_(std::move(ports)), config_(std::move(config)), random_(std::move(random)), timeline_(registry) {}

Drainer::~Drainer() = default;

std::vector<Notice> Drainer::recall() {
  if (config_.journal.empty() || config_.dry_run) return {};
  const auto text = read_file(config_.journal);
  if (!text) {
    if (text.error().code != Errc::not_found) timeline_.journal_failed(text.error());
    return {};
  }
  auto journal = parse_journal(*text);
  if (!journal) {
    timeline_.journal_failed(journal.error());
    return {};
  }
  DrainState& state = journal->state;
  if (state.returned_at) {
    past_ = std::move(state);
    publish();
    return {};
  }
  const bool another_boot = !config_.boot_id.empty() && journal->boot_id != config_.boot_id;
  if (another_boot) withdraw_those_before_this_boot(state, ports_.clock.now());
  state.dice = seed();
  auto notices = standing_notices(state);
  timeline_.resume(state);
  adopt(std::move(state));
  publish();
  return notices;
}

void Drainer::run(const std::stop_token& stop) {
  if (config_.ecs_spot_draining) {
    timeline_.tell_conflict(
        "ecs_spot_draining", true,
        "ECS_ENABLE_SPOT_INSTANCE_DRAINING is on: the ECS agent sets DRAINING by itself too");
  }
  while (!stop.stop_requested()) {
    const bool busy = session_ && !session_->resting();
    for (auto notice = inbox_.pop(busy ? Duration{0} : kIdle, stop); notice; notice = inbox_.pop(0s, stop)) {
      hear(*notice);
    }
    answer_due_ones();
    if (session_ && !stop.stop_requested()) take_turn(stop);
    publish();
  }
  session_.reset();
}

void Drainer::take_turn(const std::stop_token& stop) {
  forget_foreign_drain();
  if (!session_) return;
  session_->turn(session_->state().terms.manner == Manner::hard ? kTurn : kGentleTurn, stop);
  if (!session_->over()) return;
  past_ = session_->state();
  session_.reset();
}

// A journal that came with the disk of another instance (a machine image, a moved volume).
void Drainer::forget_foreign_drain() {
  const std::string known = ports_.views.get()->ec2.instance_id;
  const std::string& journalled = session_->state().instance_id;
  if (known.empty() || journalled.empty() || known == journalled) return;
  log::warn("the journal tells of another instance's drain: it is put aside", {{"instance", journalled}});
  session_.reset();
  if (!config_.journal.empty()) std::filesystem::remove(config_.journal);
}

void Drainer::publish() {
  const std::optional<std::uint64_t> version = session_ ? std::optional{session_->version()} : std::nullopt;
  const auto told = status_.get();
  if (version == published_ && told->waiting.size() == waiting_.size() &&
      told->drain.has_value() == (session_ || past_))
    return;
  published_ = version;
  DrainStatus status;
  if (session_) status.drain = session_->state();
  if (!session_ && past_) status.drain = past_;
  for (const auto& [id, notice] : waiting_) status.waiting.push_back(notice);
  status_.publish(std::move(status));
}

void Drainer::hear(const Notice& notice) {
  if (notice.withdrawn) return hear_withdrawn(notice);
  const NoticeTerms terms = terms_of(notice, config_.policy.notices);
  if (terms.manner == Manner::none) {
    if (ignored_.insert(notice.id).second) {
      log::info("notice ignored, as its policy says", {{"kind", name_of(notice.kind)}, {"id", notice.id}});
    }
    return;
  }
  answer(notice, terms);
}

void Drainer::hear_withdrawn(const Notice& notice) {
  waiting_.erase(notice.id);
  ignored_.erase(notice.id);
  if (notice.kind == NoticeKind::operator_request) {
    for (const auto& [id, waiting] : waiting_) ignored_.insert(id);
    waiting_.clear();
    if (session_) session_->dismiss();
  } else if (session_) {
    session_->hear(notice);
  }
}

void Drainer::answer(const Notice& notice, const NoticeTerms& terms) {
  const bool by_operator = notice.kind == NoticeKind::operator_request;
  const auto& past = past_ ? past_->causes : std::map<std::string, DrainCause>{};
  const auto earlier = past.find(notice.id);
  const bool dismissed = earlier != past.end() && earlier->second.dismissed;
  if (!by_operator && (dismissed || (ignored_.contains(notice.id) && !config_.dry_run))) {
    if (ignored_.insert(notice.id).second) {
      log::info("notice ignored: an operator has dismissed it", {{"id", notice.id}});
    }
    return;
  }
  if (ports_.clock.now() < terms.begin_at) {
    log::info("drain planned for later", {{"kind", name_of(notice.kind)},
                                          {"id", notice.id},
                                          {"begins", format_rfc3339(terms.begin_at)},
                                          {"deadline", format_rfc3339(terms.deadline)}});
    waiting_[notice.id] = notice;
    return;
  }
  waiting_.erase(notice.id);
  if (config_.dry_run) return rehearse(notice);
  if (ports_.refresh_views) ports_.refresh_views();
  session_ ? session_->hear(notice) : begin(notice);
}

void Drainer::answer_due_ones() {
  const TimePoint now = ports_.clock.now();
  std::vector<Notice> due;
  for (const auto& [id, notice] : waiting_) {
    if (now >= terms_of(notice, config_.policy.notices).begin_at) due.push_back(notice);
  }
  for (const Notice& notice : due) answer(notice, terms_of(notice, config_.policy.notices));
}

void Drainer::begin(const Notice& notice) {
  DrainState state = begin_drain(notice, config_.policy, seed());
  const auto view = ports_.views.get();
  timeline_.begin(state, plan_drain(state.terms, running_tasks(*view, config_.policy), {}, config_.policy,
                                    ports_.clock.now()));
  warn_of_unknown_instance(*view);
  timeline_.tell_conflict("another_drainer", other_drainer_runs(*view),
                          "a node termination handler runs here");
  past_.reset();
  adopt(std::move(state));
}

void Drainer::rehearse(const Notice& notice) {
  if (!ignored_.insert(notice.id).second) return;
  const auto view = ports_.views.get();
  timeline_.tell_plan(notice,
                      plan_drain(drain_terms(notice, config_.policy), running_tasks(*view, config_.policy),
                                 {}, config_.policy, ports_.clock.now()),
                      *view);
}

std::uint64_t Drainer::seed() const {
  return static_cast<std::uint64_t>(random_() * static_cast<double>(1ULL << 53));
}

void Drainer::adopt(DrainState state) {
  session_ = std::make_unique<DrainSession>(ports_, config_, timeline_, std::move(state), config_.boot_id);
}

}  // namespace hakoban
