// Takes the host out of service when a notice comes, and back when it is withdrawn. The deciding is in
// core/termination/drain_machine.h; this carries it out.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include <prometheus/registry.h>

#include "core/termination/drain_state.h"
#include "core/termination/notice.h"
#include "handlers/drain/drain_config.h"
#include "handlers/drain/drain_ports.h"
#include "handlers/drain/drain_timeline.h"
#include "platform/latest.h"
#include "platform/queue.h"
#include "platform/random.h"

namespace hakoban {

class DrainSession;

// What the drainer is at.
struct DrainStatus {
  std::optional<DrainState> drain;  // the one under way, or the last one
  std::vector<Notice> waiting;      // notices whose drain begins later
};

// One thread calls run(). There is at most one drain at a time: it answers all notices that stand. It lasts
// until they are withdrawn or the host goes; the logs go on being shipped.
//
// A stop of the agent leaves the host as it is: calls under way are cancelled, the journal stands, and the
// next start goes on from it. It never begins a drain by itself.
class Drainer {
 public:
  Drainer(DrainPorts ports, DrainConfig config, prometheus::Registry& registry,
          Random random = system_random());
  ~Drainer();

  // Where watchers and the local API put their notices. A withdrawn operator's request dismisses rebalance
  // and maintenance too. Thread-safe.
  [[nodiscard]] Queue<Notice>& inbox() { return inbox_; }

  [[nodiscard]] const Latest<DrainStatus>& status() const { return status_; }

  // Goes back to the drain that the journal tells of, if any, and returns the notices that it stands on, so
  // that their watchers can tell when they are withdrawn. Once, before run().
  std::vector<Notice> recall();

  void run(const std::stop_token& stop);

 private:
  void hear(const Notice& notice);
  void hear_withdrawn(const Notice& notice);
  void answer(const Notice& notice, const NoticeTerms& terms);
  void answer_due_ones();
  void begin(const Notice& notice);
  void rehearse(const Notice& notice);
  void take_turn(const std::stop_token& stop);
  void publish();
  void forget_foreign_drain();
  [[nodiscard]] std::uint64_t seed() const;
  void adopt(DrainState state);

  const DrainPorts ports_;
  const DrainConfig config_;
  const Random random_;
  DrainTimeline timeline_;
  Queue<Notice> inbox_{64};
  Latest<DrainStatus> status_;
  std::map<std::string, Notice> waiting_;  // by id: to be answered later
  std::set<std::string> ignored_;          // ids that were logged as ignored, dismissed or rehearsed
  std::optional<DrainState> past_;         // the last drain, once it is over
  std::unique_ptr<DrainSession> session_;
  std::optional<std::uint64_t> published_;  // the session's version
};

}  // namespace hakoban
