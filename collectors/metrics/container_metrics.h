// cAdvisor's families for every running container (container_*), the same for every ECS task (ecs_task_*),
// and ecs_task_info / ecs_container_info for joins. Reads cgroup files by pread on kept descriptors; nothing
// is read between scrapes.
#pragma once

#include <cstddef>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include <prometheus/registry.h>

#include "core/host/host_view.h"
#include "core/metrics/metric_source.h"
#include "core/time.h"
#include "platform/cgroups/cgroup_layout.h"
#include "platform/cgroups/host_paths.h"
#include "platform/clock.h"
#include "platform/latest.h"

namespace hakoban {

struct ContainerMetricsConfig {
  // container_cpu_usage_seconds_total by CPU where the kernel counts so (cgroup v1), as cAdvisor does by
  // default; false: only cpu="total".
  bool per_cpu = true;
  // Docker labels that become container_label_* (characters outside [a-zA-Z0-9_] become '_').
  std::vector<std::string> container_labels = {
      "com.amazonaws.ecs.cluster", "com.amazonaws.ecs.container-name", "com.amazonaws.ecs.task-arn",
      "com.amazonaws.ecs.task-definition-family", "com.amazonaws.ecs.task-definition-version"};
  // Limits (container_spec_*) change rarely: read again when older than this.
  Duration limits_refresh = 60s;
  // Descriptors to keep open at most; above it files are opened for each read. 0: what RLIMIT_NOFILE leaves.
  std::size_t max_descriptors = 0;
};

class ContainerMetrics final : public MetricSource {
 public:
  // All references must outlive it. `layout` comes from CgroupLayout::discover().
  ContainerMetrics(const Latest<HostView>& hosts, CgroupLayout layout, HostPaths paths, const Clock& clock,
                   prometheus::Registry& registry, ContainerMetricsConfig config = {});
  ~ContainerMetrics() override;

  [[nodiscard]] std::string_view name() const override { return "containers"; }
  [[nodiscard]] Result<void> write(std::string& page) override;

  // Lets go of the descriptors of containers that ended, as soon as the view says so: an open descriptor
  // keeps a dead cgroup and its network namespace in the kernel. Until `stop`; thread-safe beside write().
  void run(const std::stop_token& stop);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hakoban
