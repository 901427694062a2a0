// Polls instance metadata for notices and hands new ones to the drainer.
#pragma once

#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/registry.h>

#include "collectors/notices/notice_source.h"
#include "core/host/host_view.h"
#include "core/termination/notice_book.h"
#include "platform/clock.h"
#include "platform/imds/imds.h"
#include "platform/latest.h"
#include "platform/queue.h"
#include "platform/random.h"

namespace hakoban {

struct NoticesConfig {
  Duration poll_interval = 1s;  // between two polls of all sources, jittered by a tenth
};

// One thread calls run(). The inbox must be read: a full one makes the watcher wait.
class NoticeWatcher {
 public:
  // Everything must outlive the watcher. Of the views only the EC2 identity is read.
  NoticeWatcher(Imds& imds, const Clock& clock, const Latest<HostView>& views, NoticesConfig config,
                Queue<Notice>& inbox, prometheus::Registry& registry, Random random = system_random());

  // Notices that were told before this start, by a journal: metadata may tell that they are withdrawn. Before
  // run().
  void remember(const std::vector<Notice>& told);

  // Polls until `stop`. Failures are counted, and logged when they begin, change and end.
  void run(const std::stop_token& stop);

  // One poll of all sources; run() does nothing else but this and sleep.
  void poll_once(const std::stop_token& stop);

 private:
  struct Watched {
    std::unique_ptr<NoticeSource> source;
    std::string last_failure;  // "" while it answers
    int every = 1;             // of so many polls it takes part in one: only seconds count for a spot notice
    bool unsettled = false;    // something was missed that may be withdrawn: it takes part in all
  };

  void take(Watched& watched, const std::vector<Notice>& told, const std::stop_token& stop);
  void hand_on(const Notice& notice, const std::stop_token& stop);
  void note_failure(Watched& watched, const Error& error);
  [[nodiscard]] Duration pause();

  Imds& imds_;
  const Clock& clock_;
  const Latest<HostView>& views_;
  const NoticesConfig config_;
  Queue<Notice>& inbox_;
  const Random random_;
  std::vector<Watched> watched_;
  NoticeBook book_;
  int turn_ = 0;
  int silent_polls_ = 0;  // in a row, without any answer ever
  bool ever_answered_ = false;
  prometheus::Family<prometheus::Counter>& notices_total_;
  prometheus::Family<prometheus::Counter>& failures_total_;
};

}  // namespace hakoban
