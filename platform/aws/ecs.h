// Amazon ECS, as much of it as the host agent calls. Source: Amazon ECS API Reference (AWS JSON 1.1).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "core/host/host_view.h"
#include "core/result.h"

namespace hakoban {

struct EcsNetworkBinding {
  std::string container_name;
  std::uint16_t container_port = 0;
  std::uint16_t host_port = 0;
};

struct EcsTask {
  std::string arn;
  std::string task_definition_arn;
  std::string group;
  std::string started_by;
  std::string last_status;
  std::string desired_status;
  std::string private_ip;  // of its elastic network interface (awsvpc), else ""
  std::vector<EcsNetworkBinding> bindings;
  std::map<std::string, std::string> tags;
};

struct EcsContainerDefinition {
  std::string name;
  std::optional<Duration> stop_timeout;
  bool essential = true;
};

struct EcsTaskDefinition {
  std::string arn;
  std::string network_mode;                   // "" means bridge
  std::optional<std::uint64_t> memory_bytes;  // task level
  std::optional<double> cpu_vcpus;            // task level
  std::vector<EcsContainerDefinition> containers;
};

struct EcsLoadBalancer {
  std::string target_group_arn;    // ELBv2, or
  std::string load_balancer_name;  // classic
  std::string container_name;
  std::uint16_t container_port = 0;
};

struct EcsService {
  std::string name;
  std::string scheduling_strategy;  // "REPLICA", "DAEMON"
  std::vector<EcsLoadBalancer>
      load_balancers;  // of the service and of its task sets (external and CodeDeploy deployments)
};

// A batch answer: those found, and the ARNs that ECS called MISSING (gone, or of another cluster).
template <class T>
struct EcsBatch {
  std::vector<T> found;
  std::vector<std::string> missing;
};

// Reads. Each call splits its list into ECS's batches (100 tasks, 10 services). Errors: those of AwsClient.
class EcsDirectory {
 public:
  virtual ~EcsDirectory() = default;
  [[nodiscard]] virtual Result<EcsBatch<EcsTask>> describe_tasks(const std::string& cluster,
                                                                 std::span<const std::string> arns,
                                                                 const std::stop_token& stop) = 0;
  [[nodiscard]] virtual Result<EcsTaskDefinition> describe_task_definition(
      const std::string& family_revision_or_arn, const std::stop_token& stop) = 0;
  [[nodiscard]] virtual Result<EcsBatch<EcsService>> describe_services(const std::string& cluster,
                                                                       std::span<const std::string> names,
                                                                       const std::stop_token& stop) = 0;
};

// Writes. A task or an instance that is gone already is a success.
class EcsControl {
 public:
  virtual ~EcsControl() = default;
  // UpdateContainerInstancesState to "DRAINING" or "ACTIVE".
  [[nodiscard]] virtual Result<void> set_instance_status(const std::string& cluster,
                                                         const std::string& container_instance_arn,
                                                         std::string_view status,
                                                         const std::stop_token& stop) = 0;
  // The instance's status as ECS has it: "ACTIVE", "DRAINING", "INACTIVE", …
  [[nodiscard]] virtual Result<std::string> instance_status(const std::string& cluster,
                                                            const std::string& container_instance_arn,
                                                            const std::stop_token& stop) = 0;
  [[nodiscard]] virtual Result<void> stop_task(const std::string& cluster, const std::string& task_arn,
                                               std::string_view reason, const std::stop_token& stop) = 0;
};

}  // namespace hakoban
