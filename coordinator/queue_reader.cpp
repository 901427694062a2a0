#include "coordinator/queue_reader.h"

#include <algorithm>
#include <utility>

#include "platform/either_stop.h"
#include "platform/log.h"
#include "platform/own_metrics.h"

namespace hakoban {
namespace {

constexpr Duration kPatience = 20s;
constexpr Duration kStandBy = 500ms;
constexpr Duration kAfterTrouble = 2s;
constexpr Duration kComplainAgain = 10min;

}  // namespace

QueueReader::QueueReader(QueueReaderPorts ports, QueueReaderConfig config, prometheus::Registry& registry)
    : at_(ports),
      config_(std::move(config)),
      messages_(
          counter_family(registry, "hakoban_queue_messages_total",
                         "Messages received, by kind: job, reclaimed, held, placement_failed, task, other, "
                         "and those of no use: foreign, old, garbage, surplus.")),
      failures_(counter(registry, "hakoban_queue_failures_total", "Receives and deletions that failed.")) {}

void QueueReader::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    if (!at_.lease.held()) {
      at_.clock.sleep(kStandBy, stop);
      continue;
    }
    if (!read(kPatience, stop)) at_.clock.sleep(kAfterTrouble, stop);
  }
}

bool QueueReader::read(Duration patience, const std::stop_token& stop) {
  const EitherStop either{stop, at_.lease.while_held()};
  const auto messages = at_.queue.receive(patience, either.token());
  if (!messages) {
    trouble(messages.error());
    return messages.error().code == Errc::cancelled;
  }
  if (!trouble_.empty()) log::info("queue read again");
  trouble_.clear();
  std::vector<std::string> done;
  for (const auto& message : *messages)
    if (handle(message)) done.push_back(message.receipt);
  if (done.empty()) return true;
  if (const auto removed = at_.queue.remove(done, either.token()); !removed) trouble(removed.error());
  return true;
}

bool QueueReader::handle(const QueueMessage& message) {
  const auto news = read_queue_message(message.body);
  if (!news) {
    count("garbage");
    complain(news.error().what, message);
    return true;
  }
  const TimePoint now = at_.clock.now();
  TimePoint said_at = news->said_at.value_or(message.sent_at == TimePoint{} ? now : message.sent_at);
  said_at = std::min(said_at, now);  // clocks differ
  if (const auto* task = std::get_if<TaskChanged>(&news->event)) return take_task(*task, message.receipt);
  return std::visit(
      [&](const auto& event) {
        if constexpr (std::is_same_v<std::decay_t<decltype(event)>, TaskChanged>)
          return true;
        else
          return take(event, said_at);
      },
      news->event);
}

bool QueueReader::take(const JobWaits& job, TimePoint said_at) {
  if (!is_ours(job.cluster)) {
    count("foreign");
    return true;
  }
  if (at_.clock.now() - said_at >= config_.job_silence) {
    count("old");
    return true;
  }
  // hako names the group that it would have grown; ECS places the task wherever there is room.
  const std::string pool = config_.pools.contains(job.group) ? job.group : "";
  count(at_.board.hear_job(job.id, pool, job.need, said_at) ? "job" : "surplus");
  return true;
}

// Stays in the queue until somebody sees to it, so that a coordinator that follows hears of it too.
bool QueueReader::take(const HostReclaimed& host, TimePoint said_at) {
  if (at_.clock.now() - said_at >= config_.notice) {
    count("old");
    return true;
  }
  count("reclaimed");
  bool cared_for = true;
  at_.board.change([&](FleetSightings& seen) {
    const auto known =
        std::find_if(seen.instances.begin(), seen.instances.end(),
                     [&](const EcsInstance& one) { return one.ec2_instance_id == host.ec2_id; });
    cared_for = known != seen.instances.end() && known->status == "DRAINING";
    auto& when = seen.reclaimed.try_emplace(host.ec2_id, said_at).first->second;
    when = std::min(when, said_at);
  });
  return cared_for;
}

// Its group shows it as Terminating:Wait, whoever reads this message.
bool QueueReader::take(const HostHeld& /*host*/, TimePoint /*said_at*/) {
  count("held");
  return true;
}

bool QueueReader::take(const PlacementFailed& failed, TimePoint said_at) {
  if (!is_ours(failed.cluster)) {
    count("foreign");
    return true;
  }
  if (at_.clock.now() - said_at >= config_.notice) {
    count("old");
    return true;
  }
  count("placement_failed");
  at_.board.change([&](FleetSightings& seen) { seen.placement_failed[failed.service] = at_.clock.now(); },
                   false);
  at_.board.ask_about_service(failed.service);
  return true;
}

bool QueueReader::take(const NothingToDo& /*nothing*/, TimePoint /*said_at*/) {
  count("other");
  return true;
}

bool QueueReader::take_task(const TaskChanged& task, const std::string& receipt) {
  if (!is_ours(task.cluster)) {
    count("foreign");
    return true;
  }
  count("task");
  if (at_.statuses == nullptr) return true;
  return !at_.statuses->take(task, receipt);
}

bool QueueReader::is_ours(const std::string& cluster) const {
  return cluster.substr(cluster.rfind('/') + 1) == config_.cluster;
}

void QueueReader::count(const char* kind) {
  messages_.Add({{"kind", kind}}).Increment();
}

// The same nonsense again and again is told once in a while.
void QueueReader::complain(const std::string& what, const QueueMessage& message) {
  const TimePoint now = at_.clock.now();
  if (complaints_.size() > 100) complaints_.clear();
  const auto [told, fresh] = complaints_.try_emplace(what, now);
  if (!fresh && now - told->second < kComplainAgain) return;
  told->second = now;
  log::warn("message not understood, and removed",
            {{"why", what}, {"message_id", message.id}, {"body", message.body.substr(0, 200)}});
}

void QueueReader::trouble(const Error& error) {
  if (error.code == Errc::cancelled) return;
  failures_.Increment();
  if (error.what != trouble_) log::error("queue not read", {{"error", error}});
  trouble_ = error.what;
}

}  // namespace hakoban
