// Reads what comes through the queue: raw, in an SNS envelope, or from EventBridge. Sources: hako
// (lib/hako/schedulers/ecs.rb); Amazon SNS, "Parsing message formats"; Amazon EventBridge, "AWS service
// events"; Amazon ECS Developer Guide, "Amazon ECS events"; Amazon EC2 Auto Scaling, "EventBridge event
// reference".
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "core/fleet/fleet_snapshot.h"
#include "core/result.h"

namespace hakoban {

// A RunTask that found no room; its caller tries again and says so again.
struct JobWaits {
  std::string id;       // hako_task_id
  std::string cluster;  // name or ARN
  std::string group;    // the Auto Scaling group that the caller thinks of; "": none
  TaskNeed need;

  bool operator==(const JobWaits&) const = default;
};

struct HostReclaimed {
  std::string ec2_id;
  std::string action;  // "terminate", "stop", "hibernate"

  bool operator==(const HostReclaimed&) const = default;
};

// Its Auto Scaling group terminates it, and a lifecycle hook holds it.
struct HostHeld {
  std::string ec2_id;
  std::string group;
  std::string hook;

  bool operator==(const HostHeld&) const = default;
};

// ECS found no room for a service's task.
struct PlacementFailed {
  std::string cluster;  // ARN
  std::string service;  // name

  bool operator==(const PlacementFailed&) const = default;
};

struct TaskChanged {
  std::string cluster;  // ARN
  std::string task_arn;
  bool started = false;  // all its containers are RUNNING
  bool stopped = false;
  std::string event;  // the whole event, byte for byte

  bool operator==(const TaskChanged&) const = default;
};

// Understood, and none of our business.
struct NothingToDo {
  std::string what;

  bool operator==(const NothingToDo&) const = default;
};

using QueueEvent = std::variant<JobWaits, HostReclaimed, HostHeld, PlacementFailed, TaskChanged, NothingToDo>;

struct QueueNews {
  QueueEvent event;
  std::optional<TimePoint> said_at;  // as the message itself tells

  bool operator==(const QueueNews&) const = default;
};

// Errors: malformed, with what is wrong. Never throws.
[[nodiscard]] Result<QueueNews> read_queue_message(std::string_view body);

}  // namespace hakoban
