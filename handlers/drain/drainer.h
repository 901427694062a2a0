// Takes the host out of service when a notice comes. The deciding is in core/termination/drain_machine.h;
// this carries it out.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>

#include <prometheus/registry.h>

#include "core/termination/drain_state.h"
#include "core/termination/notice.h"
#include "handlers/drain/drain_config.h"
#include "handlers/drain/drain_ports.h"
#include "handlers/drain/drain_timeline.h"
#include "platform/queue.h"
#include "platform/random.h"

namespace hakoban {

class DrainSession;

// One thread calls run(). A spot interruption starts a drain; other kinds of notice have no policy yet and
// are logged. After a drain the instance stays DRAINING and logs go on being shipped until the host goes.
//
// A stop of the agent leaves the host as it is: calls under way are cancelled, the journal stands, and the
// next start goes on from it. It never begins a drain by itself.
class Drainer {
 public:
  Drainer(DrainPorts ports, DrainConfig config, prometheus::Registry& registry,
          Random random = system_random());
  ~Drainer();

  // Where watchers put their notices. Thread-safe.
  [[nodiscard]] Queue<Notice>& inbox() { return inbox_; }

  void run(const std::stop_token& stop);

 private:
  void resume();
  void hear(const Notice& notice);
  void begin(const Notice& notice);
  void rehearse(const Notice& notice);
  [[nodiscard]] std::uint64_t seed() const;
  void adopt(DrainState state);

  const DrainPorts ports_;
  const DrainConfig config_;
  const Random random_;
  DrainTimeline timeline_;
  Queue<Notice> inbox_{64};
  std::optional<DrainState> past_;  // the last drain, once it is over
  std::unique_ptr<DrainSession> session_;
};

}  // namespace hakoban
