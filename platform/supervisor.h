// Starts a program's components, starts one again that throws, and stops them in order.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include <prometheus/counter.h>
#include <prometheus/registry.h>

#include "platform/clock.h"

namespace hakoban {

// The order of stopping: what takes in from senders ends first, then what observes, then what acts on it,
// then what serves pages about it.
enum class Stage { intake, observe, act, serve };

struct ComponentStatus {
  std::string name;
  bool running = false;  // false: it threw and waits to be started again, or it ended by itself
};

class Supervisor {
 public:
  using Body = std::function<void(std::stop_token)>;

  Supervisor(const Clock& clock, prometheus::Registry& registry);
  ~Supervisor();  // stops what still runs
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;

  // Runs `body` on a thread of its own until its stop token fires. A body that throws is logged, counted and
  // run again after a back-off (1 s, doubling to 30 s); one that returns before it was asked to counts as not
  // running.
  void run(std::string name, Stage stage, Body body);

  [[nodiscard]] std::vector<ComponentStatus> status() const;

  // Stage by stage: asks all of a stage to stop, then waits for them. Each component bounds its own end.
  void stop();

 private:
  struct Component {
    std::string name;
    Stage stage;
    std::atomic<bool> running{false};
    std::jthread thread;
  };

  void keep_running(Component& component, const Body& body, prometheus::Counter& restarts,
                    const std::stop_token& stop);

  const Clock& clock_;
  prometheus::Family<prometheus::Counter>& restarts_;
  std::vector<std::unique_ptr<Component>> components_;
};

}  // namespace hakoban
