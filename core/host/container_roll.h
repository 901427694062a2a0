// Keeps the roll of a Docker engine's containers: which there are, what is known of each, and what must be
// asked next. Pure: events and answers come in, jobs come out; collectors/tasks/docker_follower.h carries
// them out.
//
// What makes it right in any order of things:
// - A list is a picture of a past moment: what it says of a container that had an event since it was asked
//   for does not count.
// - Ids are never used again, so a destroyed container stays gone, whatever answer comes late.
// - A container that changes while it is inspected is inspected again.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/host/host_view.h"
#include "core/host/retry_wait.h"
#include "core/time.h"

namespace hakoban {

struct RollRules {
  Duration relist_interval = 60s;  // in case an event was missed
  RetryWait list_retry;
  RetryWait inspect_retry;  // of one container
};

class ContainerRoll {
 public:
  explicit ContainerRoll(RollRules rules) : rules_(rules) {}

  // What the engine says.
  void connected(SteadyPoint now);  // events before it were missed: everything is asked again
  void event(std::string_view action, const std::string& id, SteadyPoint now);

  // What comes of jobs. `dice` in [0, 1) jitters the next try.
  void listed(const std::vector<ContainerView>& containers, SteadyPoint now);
  void list_failed(SteadyPoint now, double dice);
  void inspected(ContainerView container);
  void gone(const std::string& id);
  // Returns how often in a row it has failed now.
  int inspect_failed(const std::string& id, SteadyPoint now, double dice);

  // What to ask now: list, or inspect `id`. Given out, it is under way until its answer comes in.
  struct Job {
    bool list = false;
    std::string id;
  };
  [[nodiscard]] std::optional<Job> next_job(SteadyPoint now);

  // When next_job() may have something again without any news.
  [[nodiscard]] SteadyPoint next_due() const;

  // The first list has come and each of its containers was asked for once.
  [[nodiscard]] bool known() const { return listed_ && first_.empty(); }

  // Whether containers() has changed since this was asked last.
  [[nodiscard]] bool take_changed();

  [[nodiscard]] const std::map<std::string, ContainerView>& containers() const { return containers_; }

 private:
  struct Asked {
    bool under_way = false;
    bool again = false;  // it changed meanwhile
    int failures = 0;
    SteadyPoint not_before{};
    std::optional<ContainerView> summary;  // what the list told: better than nothing
  };

  void ask(const std::string& id, SteadyPoint now);
  void forget(const std::string& id);
  void set(ContainerView container);
  void take_entry(const ContainerView& entry, bool ask_all, SteadyPoint now);

  RollRules rules_;
  std::map<std::string, ContainerView> containers_;
  std::map<std::string, Asked> asked_;
  std::set<std::string> first_;    // of the first list, not asked for yet
  std::set<std::string> touched_;  // had an event since the list under way was asked for
  bool list_under_way_ = false;
  bool list_again_ = false;  // connected anew meanwhile
  bool ask_all_ = false;     // of those listed, not only those that look different
  SteadyPoint list_at_ = SteadyPoint::max();
  int list_failures_ = 0;
  bool listed_ = false;
  bool changed_ = false;
};

}  // namespace hakoban
