// When each of a changing set of things is to be asked for again: tasks, services, target groups. Pure.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/host/retry_wait.h"
#include "core/time.h"

namespace hakoban {

struct RefreshRules {
  Duration settle{};    // how long a new one waits for others, so that one call asks for all
  Duration interval{};  // between two answers, jittered by a tenth
  RetryWait retry;      // of what fails or has no answer yet
};

class RefreshBook {
 public:
  explicit RefreshBook(RefreshRules rules) : rules_(rules) {}

  // What is wanted from now on. New ones are due after `settle`; those not named any more are forgotten.
  void want(const std::set<std::string>& keys, SteadyPoint now);

  // What to ask for now: nothing until one is due; then all that would be due within `settle` too, in order.
  [[nodiscard]] std::vector<std::string> due(SteadyPoint now) const;

  // When something is due next; max() when nothing is wanted.
  [[nodiscard]] SteadyPoint next_due() const;

  void answered(const std::string& key, SteadyPoint now, double dice);
  // This one has no answer yet (ECS is eventually consistent): asked again soon, then more and more rarely.
  void unanswered(const std::string& key, SteadyPoint now, double dice);
  // The call failed: nothing is asked for a while.
  void failed(SteadyPoint now, double dice);
  // Everything is due now.
  void hurry(SteadyPoint now);

 private:
  struct Entry {
    SteadyPoint due;
    int unanswered = 0;  // in a row
  };

  const RefreshRules rules_;
  std::map<std::string, Entry> entries_;
  SteadyPoint not_before_{};
  int failures_ = 0;  // in a row
};

}  // namespace hakoban
