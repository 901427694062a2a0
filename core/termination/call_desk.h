// Makes few calls of the same wish of many hosts. When hundreds of hosts are reclaimed in the same minute, a
// DeregisterTargets for each host and group does not fit the account's quota (20 at once, then 4 a second);
// one for each group does. Pure: the coordinator's shell hands in wishes and answers, and carries out what is
// due.
#pragma once

#include <compare>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/host/host_view.h"
#include "core/result.h"
#include "core/time.h"
#include "core/token_bucket.h"

namespace hakoban {

struct CallDeskPolicy {
  // How long the first wish for a call waits for others. Wishes that come while an earlier call of the same
  // kind waits for its turn join the next one, so that a burst makes batches by itself.
  Duration window = 200ms;
  // UpdateContainerInstancesState takes ten.
  std::size_t instances_a_call = 10;
  // DeregisterTargets names no limit; others send two hundred at once.
  std::size_t targets_a_call = 200;
  // Own pace, below the account's quota, so that what else calls there is not starved.
  double draining_burst = 40;
  double draining_refill = 20;  // a second
  double deregister_burst = 15;
  double deregister_refill = 3;
  // First wait after a failed call; doubles with each failure of its kind, up to the longest.
  Duration retry_first = 250ms;
  Duration retry_most = 4s;
  // A wish is given up after so many failed calls: its host then calls by itself.
  int attempts = 6;
  // Answers are kept so long for hosts that ask again.
  Duration keep_answers = 60s;
};

// What one host wants to have done to its instance, or to one of its targets.
struct DeskItem {
  std::string cluster;             // of set_draining, else ""
  std::string container_instance;  // ARN; "" for a target
  TargetRef target;

  auto operator<=>(const DeskItem&) const = default;
};

// One call to AWS for all of these items: all of one cluster, or all of one target group.
struct DeskCall {
  std::string subject;  // the cluster, or the group's ARN
  bool set_draining = false;
  std::vector<DeskItem> items;
};

enum class DeskStanding { pending, done, failed };

struct DeskAnswer {
  DeskStanding standing = DeskStanding::pending;
  std::optional<Error> error;  // of failed: the first
};

// Not thread-safe. Times must not go back.
class CallDesk {
 public:
  explicit CallDesk(const CallDeskPolicy& policy);

  // A host asks, and asks again with the same id until it is answered; an id is one attempt of one host, so
  // that a target which came back is deregistered again under a new id.
  [[nodiscard]] DeskAnswer ask(const std::string& id, const std::vector<DeskItem>& items, SteadyPoint now);

  // Calls to make now, side by side; each must be answered by ended().
  [[nodiscard]] std::vector<DeskCall> due(SteadyPoint now);

  // How a call went: nothing for the whole of it, or for items one by one (those not named went well).
  void ended(const DeskCall& call, const std::optional<Error>& whole, const std::map<DeskItem, Error>& parts,
             SteadyPoint now);

  // Wishes that wait or are under way.
  [[nodiscard]] std::size_t waiting() const;

 private:
  using Kind = std::pair<bool, std::string>;  // DeskCall::set_draining, subject

  struct Request {
    std::size_t left = 0;  // items without an answer
    std::optional<Error> error;
    SteadyPoint asked_at;  // the last time
  };
  struct Wish {
    std::vector<std::string> ids;
    SteadyPoint since;
    int failures = 0;
    bool in_flight = false;
  };
  struct Line {
    std::map<DeskItem, Wish> wishes;
    int failures = 0;  // in a row
    SteadyPoint not_before{};
  };
  void enroll(const std::string& id, const std::vector<DeskItem>& items, SteadyPoint now);
  [[nodiscard]] std::optional<DeskCall> longest_waiting(bool draining, SteadyPoint now) const;
  [[nodiscard]] std::vector<DeskItem> batch_of(const Line& line, bool draining, SteadyPoint now) const;
  void settle(Line& line, const DeskItem& item, const std::optional<Error>& error);
  void forget_old(SteadyPoint now);

  const CallDeskPolicy policy_;
  std::map<std::string, Request> requests_;
  std::map<Kind, Line> lines_;
  TokenBucket draining_pace_;
  TokenBucket deregister_pace_;
};

}  // namespace hakoban
