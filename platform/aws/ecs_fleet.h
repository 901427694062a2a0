// A cluster as the coordinator sees it: every container instance and every service. Reads only. Source:
// Amazon ECS API Reference (AWS JSON 1.1).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "core/result.h"
#include "core/time.h"

namespace hakoban {

// What ECS books on an instance. CPU in units (1024: one vCPU), memory in MiB.
struct EcsResources {
  std::int64_t cpu_units = 0;
  std::int64_t memory_mib = 0;
  std::vector<std::uint16_t> ports;  // taken, tcp; registered: those the agent reserves
  std::vector<std::uint16_t> udp_ports;
  std::vector<std::string> gpus;  // ids

  bool operator==(const EcsResources&) const = default;
};

struct EcsInstance {
  std::string arn;
  std::string ec2_instance_id;
  std::string status;  // "ACTIVE", "DRAINING", "REGISTERING", …
  std::string status_reason;
  bool agent_connected = false;
  std::int64_t running_tasks = 0;
  std::int64_t pending_tasks = 0;
  EcsResources registered;
  EcsResources remaining;
  std::string agent_version;
  std::string capacity_provider;
  std::optional<TimePoint> registered_at;
  std::map<std::string, std::string>
      attributes;  // "ecs.availability-zone", "ecs.instance-type", …; "" without value
};

struct EcsServiceEvent {
  std::string id;
  TimePoint at;
  std::string message;
};

struct EcsDeployment {
  std::string id;
  std::string status;         // "PRIMARY", "ACTIVE", "INACTIVE"
  std::string rollout_state;  // "IN_PROGRESS", "COMPLETED", "FAILED", ""
  std::int64_t desired = 0;
  std::int64_t running = 0;
  std::int64_t pending = 0;
  std::int64_t failed = 0;
};

struct EcsServiceStatus {
  std::string arn;
  std::string name;
  std::string status;               // "ACTIVE", "DRAINING", "INACTIVE"
  std::string scheduling_strategy;  // "REPLICA", "DAEMON"
  std::string launch_type;          // "EC2", "FARGATE", "EXTERNAL", "": a capacity provider strategy
  std::vector<std::string> capacity_providers;  // of its strategy, if it has one
  std::string task_definition_arn;
  std::vector<std::string> constraints;  // memberOf expressions of the service itself
  bool distinct_instance = false;        // each of its tasks on an instance of its own
  std::int64_t desired = 0;
  std::int64_t running = 0;
  std::int64_t pending = 0;
  std::optional<TimePoint> created_at;
  std::vector<EcsDeployment> deployments;
  std::vector<EcsServiceEvent> events;  // newest first

  // Whether its tasks need container instances of ours: not those on Fargate or on external hosts.
  [[nodiscard]] bool on_instances() const;
};

class EcsFleet {
 public:
  virtual ~EcsFleet() = default;

  // All container instances of the cluster, DRAINING and REGISTERING ones too; one that goes while we list is
  // left out. Pages and batches of 100. Errors: not_found (no such cluster), those of AwsClient. A page that
  // fails fails the whole: half a cluster must never look like a small one.
  [[nodiscard]] virtual Result<std::vector<EcsInstance>> instances(const std::string& cluster,
                                                                   const std::stop_token& stop) = 0;

  // Those of these ARNs; ones that are gone are left out.
  [[nodiscard]] virtual Result<std::vector<EcsInstance>> instances_named(const std::string& cluster,
                                                                         const std::vector<std::string>& arns,
                                                                         const std::stop_token& stop) = 0;

  // All services of the cluster, with at most `events` of the newest events each. Pages of 100, batches
  // of 10.
  [[nodiscard]] virtual Result<std::vector<EcsServiceStatus>> services(const std::string& cluster,
                                                                       std::size_t events,
                                                                       const std::stop_token& stop) = 0;

  // Those of these names, in batches of 10; unknown ones are left out.
  [[nodiscard]] virtual Result<std::vector<EcsServiceStatus>> services_named(
      const std::string& cluster, const std::vector<std::string>& names, std::size_t events,
      const std::stop_token& stop) = 0;
};

}  // namespace hakoban
