// Who may act for a cluster: at most one coordinator at a time. The others stand by.
//
// No clocks are compared. The holder writes the record again and again; a stand-by that has seen it unchanged
// for the lease's whole duration, by its own steady clock, takes it over. A holder counts as such only for
// two thirds of the duration since it began the last write that succeeded, so that it has stopped before any
// other begins.
#pragma once

#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include "platform/clock.h"
#include "platform/lease_store.h"

namespace hakoban {

struct LeaseConfig {
  std::string holder;       // this coordinator's name: another one at each start
  Duration duration = 15s;  // an heir waits so long

  [[nodiscard]] Duration renew_every() const { return duration / 5; }
  [[nodiscard]] Duration retry_every() const { return duration / 30; }
  [[nodiscard]] Duration call_timeout() const { return duration / 5; }  // what the store must keep to
  [[nodiscard]] Duration trusted_for() const { return duration * 2 / 3; }
};

// One thread calls run(); the others are thread-safe.
class Lease {
 public:
  // `store` null: there is no other coordinator, and the lease is always held.
  Lease(LeaseStore* store, const Clock& clock, prometheus::Registry& registry, LeaseConfig config);

  // Takes, renews, and hands over when `stop` is requested.
  void run(const std::stop_token& stop);

  // One step: renews what is held, or looks whether it may be taken. Returns when the next is due.
  Duration keep(const std::stop_token& stop);

  // Lets go of what is held, so that an heir need not wait.
  void release();

  [[nodiscard]] bool held() const;

  // For actions: requested as soon as the lease is known to be lost. Requested already when it is not held.
  [[nodiscard]] std::stop_token while_held() const;

  [[nodiscard]] std::string holder() const;  // as last seen; "": not known

 private:
  Duration renew(const std::stop_token& stop);
  void try_to_take(const std::stop_token& stop);
  bool write(const std::optional<std::string>& expected, const std::stop_token& stop);
  void lose(const std::string& why);
  void note_trouble(const Error& error);

  LeaseStore* const store_;
  const Clock& clock_;
  const LeaseConfig config_;
  prometheus::Gauge& held_gauge_;
  prometheus::Counter& losses_;
  prometheus::Counter& failures_;

  mutable std::mutex mutex_;
  std::stop_source acting_;
  SteadyPoint trusted_until_{};
  std::string seen_holder_;

  // Of the thread that runs it.
  std::optional<std::string> version_;  // of our own last write; nothing: not held
  std::optional<std::string> seen_version_;
  SteadyPoint unchanged_since_{};
  std::string trouble_;
};

}  // namespace hakoban
