// What runs on this host, as values. collectors/ builds a HostView from the Docker engine, the ECS agent's
// introspection and the ECS and ELB APIs; metrics, logs and the drain planner read it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.h"

namespace hakoban {

// The EC2 instance, from instance metadata (IMDSv2). Empty strings: not known, or not on EC2.
struct Ec2Identity {
  std::string instance_id;
  std::string instance_type;
  std::string region;
  std::string availability_zone;
  std::string account_id;
  std::string private_ip;
  std::string life_cycle;  // "spot", "on-demand", "scheduled"

  bool operator==(const Ec2Identity&) const = default;
};

// The container instance, from the ECS agent's introspection (GET /v1/metadata on port 51678).
struct EcsIdentity {
  std::string cluster;  // the name, never the ARN
  std::string container_instance_arn;
  std::string agent_version;

  bool operator==(const EcsIdentity&) const = default;
};

enum class ContainerState { created, running, paused, restarting, removing, exited, dead };

[[nodiscard]] std::string_view name_of(ContainerState state);

// It ran, and does not any more.
[[nodiscard]] bool has_ended(ContainerState state);

struct PublishedPort {
  std::uint16_t container_port = 0;
  std::uint16_t host_port = 0;
  std::string protocol;  // "tcp", "udp"

  bool operator==(const PublishedPort&) const = default;
};

// One Docker container that exists, running or not. From GET /containers/{id}/json.
struct ContainerView {
  std::string id;    // 64 hex digits
  std::string name;  // without Docker's leading '/'
  std::string image;
  std::map<std::string, std::string> labels;
  ContainerState state = ContainerState::created;
  int pid = 0;  // of the first process, in the host's PID namespace; 0 when not running
  std::optional<TimePoint> created_at;
  std::optional<TimePoint> started_at;
  std::optional<TimePoint> finished_at;
  std::optional<int> exit_code;
  bool oom_killed = false;
  std::string cgroup_parent;  // HostConfig.CgroupParent: "", "/ecs/<task id>", "ecstasks-<task id>.slice"
  std::string network_mode;   // "bridge", "host", "none", "container:<id>"
  std::string log_driver;     // HostConfig.LogConfig.Type: "json-file", "awslogs", …
  // As the engine names it, before path.rootfs is put in front. The engine names no file of its local driver,
  // nor the cache that it keeps of drivers it cannot read back: those are where it is known to keep them. ""
  // for the rest.
  std::string log_path;
  std::string ip_address;  // on the first network; "" for host and container: modes
  std::vector<PublishedPort> ports;

  // From ECS. Empty or absent for a container outside ECS.
  std::string task_arn;
  std::string ecs_name;                  // the container's name in its task definition
  std::optional<Duration> stop_timeout;  // task definition's stopTimeout; absent: the ECS agent's default
  std::optional<bool> essential;
  // Only holds the network namespace that the task's other containers share (awsvpc, Service Connect); made
  // by the ECS agent, in no task definition. Its eth0 has the task's counters.
  bool pause = false;

  bool operator==(const ContainerView&) const = default;
};

// Why a task runs, as far as it matters to how it is stopped and where its logs go.
enum class TaskKind {
  unknown,  // DescribeTasks and DescribeServices have not answered yet
  service,  // group "service:…", REPLICA scheduling
  daemon,   // group "service:…", DAEMON scheduling: one on each host
  batch,    // anything else: RunTask, StartTask
};

[[nodiscard]] std::string_view name_of(TaskKind kind);

// One registration of a task in an ELBv2 target group.
struct TargetRef {
  std::string group_arn;
  std::string target_id;  // instance id, or IP address for target type ip
  std::uint16_t port = 0;

  auto operator<=>(const TargetRef&) const = default;
};

// A classic load balancer that a service registers the whole instance with.
struct ClassicElbRef {
  std::string load_balancer_name;

  auto operator<=>(const ClassicElbRef&) const = default;
};

// An instance that ECS keeps in a Cloud Map service for a task (service discovery, Service Connect). Its id
// is the task's id.
struct DiscoveryRef {
  std::string service_id;  // "srv-…"
  std::string instance_id;

  auto operator<=>(const DiscoveryRef&) const = default;
};

struct TaskView {
  std::string arn;
  std::string id;  // the last part of the ARN
  std::string family;
  std::string revision;
  std::string cluster;     // the name
  std::string group;       // "service:<name>", "family:<family>", or what RunTask was given; "" until
                           // DescribeTasks answered
  std::string started_by;  // "ecs-svc/<deployment>" for service tasks; "" until known
  std::string service;     // from group; "" for batch tasks and until known
  TaskKind kind = TaskKind::unknown;
  std::string last_status;  // ECS's words: "PENDING", "RUNNING", "STOPPED", …; from introspection or the API
  std::string desired_status;
  std::string network_mode;  // of the task definition: "bridge", "host", "awsvpc", "none"; "" until known
  std::optional<std::uint64_t> memory_limit_bytes;  // task level
  std::optional<double> cpu_limit_vcpus;            // task level
  std::vector<ContainerView> containers;
  std::vector<TargetRef> targets;  // where its containers should be registered, known before any notice
  std::vector<ClassicElbRef> classic_elbs;
  std::vector<DiscoveryRef> discovery;
  std::map<std::string, std::string> tags;
  bool own = false;  // this agent itself runs in this task: never stop it

  // Whether this container of it runs or may begin to. One that was created and did not begin before ECS
  // stopped the task never will; Docker keeps it as created, for hours.
  [[nodiscard]] bool may_run(const ContainerView& container) const;

  // Whether any of its containers may run.
  [[nodiscard]] bool alive() const;

  // The longest stop timeout of its containers that may run; `agent_default` for those without their own. A
  // pause container does not count: it ends at once.
  [[nodiscard]] Duration stop_timeout(Duration agent_default) const;

  bool operator==(const TaskView&) const = default;
};

// What matters of a target group to a drain. From DescribeTargetGroups and DescribeTargetGroupAttributes.
struct TargetGroupFacts {
  std::string target_type;               // "instance", "ip"
  Duration deregistration_delay = 300s;  // ELB's default

  bool operator==(const TargetGroupFacts&) const = default;
};

struct HostView {
  std::uint64_t generation = 0;  // grows with every published change
  // False until the Docker engine has been listed once. Until then having no containers means nothing.
  bool containers_known = false;
  Ec2Identity ec2;
  EcsIdentity ecs;
  std::vector<TaskView> tasks;  // of ECS, in order of ARN; stopped ones too while Docker keeps them
  std::vector<ContainerView> other_containers;            // outside ECS, in order of id
  std::map<std::string, TargetGroupFacts> target_groups;  // by ARN

  [[nodiscard]] const TaskView* find_task(std::string_view arn) const;

  bool operator==(const HostView&) const = default;
};

}  // namespace hakoban
