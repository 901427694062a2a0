// Carries out the drain's actions side by side, so that a slow or failing call never holds the others.
#pragma once

#include <cstddef>
#include <deque>
#include <list>
#include <stop_token>
#include <thread>
#include <vector>

#include "core/termination/drain_machine.h"
#include "handlers/drain/drain_ports.h"
#include "platform/queue.h"

namespace hakoban {

// One action, here and now: blocks until it is answered, or `stop`.
[[nodiscard]] CallEnded carry_out(const DrainPorts& ports, const DrainAction& action,
                                  const std::stop_token& stop);

// Owned and called by one thread, the drainer's. A thread for each call under way: there are few, they live
// for milliseconds to seconds, and a local stop blocks as long as its container takes.
class DrainCalls {
 public:
  // So many AWS calls at once at most; local stops are not counted.
  static constexpr std::size_t kAtOnce = 16;

  DrainCalls(const DrainPorts& ports, Duration call_timeout);
  ~DrainCalls();  // cancels what is under way and waits for it
  DrainCalls(const DrainCalls&) = delete;
  DrainCalls& operator=(const DrainCalls&) = delete;

  // Begins it now, or as soon as others have ended. Each is answered by one CallEnded.
  void start(DrainAction action);

  // Those that have ended since, after waiting for the first of them at most `patience`. One that takes too
  // long is cancelled and ends as a timeout.
  [[nodiscard]] std::vector<CallEnded> ended(Duration patience, const std::stop_token& stop);

 private:
  struct Running {
    DrainAction action;
    SteadyPoint give_up_at;
    bool given_up = false;
    std::jthread thread;
  };

  void begin(DrainAction action);
  void begin_waiting();
  void give_up_late_ones();
  void settle(CallEnded& call);
  [[nodiscard]] std::size_t aws_calls_under_way() const;

  const DrainPorts& ports_;
  const Duration call_timeout_;
  Queue<CallEnded> answers_;
  std::deque<DrainAction> waiting_;
  std::list<Running> running_;
};

}  // namespace hakoban
