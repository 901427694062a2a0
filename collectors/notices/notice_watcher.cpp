#include "collectors/notices/notice_watcher.h"

#include <utility>

#include "collectors/notices/lifecycle_notices.h"
#include "collectors/notices/maintenance_notices.h"
#include "collectors/notices/rebalance_notices.h"
#include "collectors/notices/spot_notices.h"
#include "platform/log.h"

namespace hakoban {

namespace {

// Where metadata has never answered there probably is none; so many polls later it is asked more seldom.
constexpr int kPatientPolls = 30;
constexpr int kSeldom = 10;

std::vector<std::string> ids_of(const std::vector<Notice>& notices) {
  std::vector<std::string> ids;
  ids.reserve(notices.size());
  for (const Notice& notice : notices) ids.push_back(notice.id);
  return ids;
}

std::string deadline_text(const Notice& notice) {
  return notice.deadline ? format_rfc3339(*notice.deadline) : "none";
}

}  // namespace

NoticeWatcher::NoticeWatcher(Imds& imds, const Clock& clock, const Latest<HostView>& views,
                             NoticesConfig config, Queue<Notice>& inbox, prometheus::Registry& registry,
                             Random random)
    : imds_(imds),
      clock_(clock),
      views_(views),
      config_(config),
      inbox_(inbox),
      random_(std::move(random)),
      notices_total_(prometheus::BuildCounter()
                         .Name("hakoban_notices_total")
                         .Help("Notices that this instance has to go, new or with an earlier deadline")
                         .Register(registry)),
      failures_total_(prometheus::BuildCounter()
                          .Name("hakoban_notice_poll_failures_total")
                          .Help("Polls of instance metadata for notices that gave no usable answer")
                          .Register(registry)) {
  watched_.push_back({std::make_unique<SpotNotices>(), {}, 1});
  watched_.push_back({std::make_unique<LifecycleNotices>(), {}, 2});
  watched_.push_back({std::make_unique<RebalanceNotices>(), {}, 5});
  watched_.push_back({std::make_unique<MaintenanceNotices>(), {}, 15});
  for (const Watched& watched : watched_) {
    notices_total_.Add({{"kind", std::string{name_of(watched.source->kind())}}});
  }
}

void NoticeWatcher::remember(const std::vector<Notice>& told) {
  for (const Notice& notice : told) (void)book_.record(notice);
}

void NoticeWatcher::run(const std::stop_token& stop) {
  do {
    poll_once(stop);
  } while (clock_.sleep(pause(), stop));
}

void NoticeWatcher::poll_once(const std::stop_token& stop) {
  const auto view = views_.get();
  bool answered = false;
  const int turn = turn_++;
  for (Watched& watched : watched_) {
    if (turn % watched.every != 0 && !watched.unsettled) continue;
    if (!watched.source->applies(view->ec2)) continue;
    const auto told = watched.source->poll(imds_, clock_.now(), stop);
    if (stop.stop_requested()) return;
    // Garbage is an answer too: there is metadata.
    answered |= told.has_value() || told.error().code == Errc::malformed;
    told ? take(watched, *told, stop) : note_failure(watched, told.error());
    // What does not answer about one does not answer about the next: that would only cost its time-out again.
    if (!told && told.error().code != Errc::malformed) break;
  }
  ever_answered_ |= answered;
  if (!ever_answered_) ++silent_polls_;
}

void NoticeWatcher::take(Watched& watched, const std::vector<Notice>& told, const std::stop_token& stop) {
  const NoticeKind kind = watched.source->kind();
  if (!watched.last_failure.empty()) {
    watched.last_failure.clear();
    log::info("polling for notices works again", {{"kind", name_of(kind)}});
  }
  for (const Notice& notice : told) {
    if (const auto news = book_.record(notice)) hand_on(*news, stop);
  }
  for (const Notice& gone : book_.settle(kind, ids_of(told))) hand_on(gone, stop);
  watched.unsettled = book_.missing(kind);
}

void NoticeWatcher::hand_on(const Notice& notice, const std::stop_token& stop) {
  if (notice.withdrawn) {
    log::info("notice withdrawn", {{"kind", name_of(notice.kind)}, {"id", notice.id}});
  } else {
    notices_total_.Add({{"kind", std::string{name_of(notice.kind)}}}).Increment();
    log::warn("notice received", {{"kind", name_of(notice.kind)},
                                  {"id", notice.id},
                                  {"action", notice.action},
                                  {"deadline", deadline_text(notice)}});
  }
  inbox_.push(notice, stop);
}

void NoticeWatcher::note_failure(Watched& watched, const Error& error) {
  failures_total_.Add({{"reason", std::string{name_of(error.code)}}}).Increment();
  // Where metadata never answered there is none, and who reads the instance's identity says so.
  if (!ever_answered_ && error.code == Errc::unavailable) return;
  if (watched.last_failure == error.what) return;
  watched.last_failure = error.what;
  log::warn("polling for notices fails", {{"kind", name_of(watched.source->kind())}, {"error", error}});
}

Duration NoticeWatcher::pause() {
  const int factor = !ever_answered_ && silent_polls_ > kPatientPolls ? kSeldom : 1;
  const double jitter = 0.9 + 0.2 * random_();
  const double base = static_cast<double>(config_.poll_interval.count()) * factor;
  return Duration{static_cast<Duration::rep>(base * jitter)};
}

}  // namespace hakoban
