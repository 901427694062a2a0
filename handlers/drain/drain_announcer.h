// Tells people and programs elsewhere of a drain: to an SNS topic, a webhook, or both.
#pragma once

#include <cstdint>
#include <stop_token>
#include <string>
#include <string_view>

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/registry.h>

#include "core/host/host_view.h"
#include "handlers/drain/drainer.h"
#include "platform/aws/topics.h"
#include "platform/clock.h"
#include "platform/http/http_client.h"
#include "platform/latest.h"
#include "platform/random.h"

namespace hakoban {

struct DrainAnnouncerConfig {
  std::string topic_arn;  // "": none
  // POSTed to as JSON; "": none. Often a secret by itself: it is never logged.
  std::string webhook_url;
  int attempts = 4;
  Duration first_retry = 1s;
  Duration timeout = 5s;
};

// What has happened since the last look; "" for nothing worth telling. Pure.
[[nodiscard]] std::string_view drain_event(const DrainStatus& before, const DrainStatus& now);

// {"event":"drain_began"|"drain_finished"|"drain_called_off"|"drain_returned", "instance_id", "cluster",
// "container_instance", "kinds":[…], "action", "manner", "deadline", "missed", "tasks_ended", "tasks_left",
// "at", "text": a sentence for people}
[[nodiscard]] std::string format_announcement(std::string_view event, const DrainState& state,
                                              const Ec2Identity& instance, TimePoint now);

// One thread calls run(). Everything must outlive it. What cannot be told after its attempts is logged and
// counted; the drain never waits for it.
class DrainAnnouncer {
 public:
  DrainAnnouncer(const Latest<DrainStatus>& status, const Latest<HostView>& views, Topics& topics,
                 HttpClient& http, const Clock& clock, DrainAnnouncerConfig config,
                 prometheus::Registry& registry, Random random = system_random());

  void run(const std::stop_token& stop);

  // What stands now has been told already, by this process or the one before. Before run().
  void skip_present();

 private:
  void announce(std::string_view event, const DrainState& state, const std::stop_token& stop);
  template <class Send>
  void send(std::string_view way, const Send& once, const std::stop_token& stop);
  [[nodiscard]] Result<void> post(const std::string& body, const std::stop_token& stop);

  const Latest<DrainStatus>& status_;
  const Latest<HostView>& views_;
  Topics& topics_;
  HttpClient& http_;
  const Clock& clock_;
  const DrainAnnouncerConfig config_;
  const Random random_;
  std::uint64_t seen_ = 0;
  Latest<DrainStatus>::Value before_;
  prometheus::Family<prometheus::Counter>& sent_;
};

}  // namespace hakoban
