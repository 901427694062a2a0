// cAdvisor's families for every running container (container_*), the same for every ECS task (ecs_task_*),
// ecs_task_info / ecs_container_info for joins, and what outlives a task: ecs_finished_task_* and
// ecs_family_*. docs/metrics.md lists them all. Reads cgroup files by pread on kept descriptors; between
// scrapes only what starts and what ends is read.
#pragma once

#include <cstddef>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include <prometheus/registry.h>

#include "collectors/metrics/layer_walker.h"
#include "collectors/metrics/read_crew.h"
#include "core/host/host_view.h"
#include "core/metrics/ecs_labels.h"
#include "core/metrics/metric_groups.h"
#include "core/metrics/metric_source.h"
#include "core/metrics/task_ledger.h"
#include "core/time.h"
#include "platform/cgroups/cgroup_layout.h"
#include "platform/cgroups/host_paths.h"
#include "platform/clock.h"
#include "platform/latest.h"

namespace hakoban {

struct ContainerMetricsConfig {
  MetricGroups groups;
  LabelRules labels{
      {"com.amazonaws.ecs.cluster", "com.amazonaws.ecs.container-name", "com.amazonaws.ecs.task-arn",
       "com.amazonaws.ecs.task-definition-family", "com.amazonaws.ecs.task-definition-version"},
      {"ecs-service-connect-*", "aws-guardduty-agent*", "envoy", "xray-daemon", "aws-otel-collector",
       "log_router", "cloudwatch-agent", "datadog-agent"}};
  // Limits (container_spec_*) change rarely: read again when older than this.
  Duration limits_refresh = 60s;
  // Descriptors to keep open at most; above it files are opened for each read. 0: what RLIMIT_NOFILE leaves.
  std::size_t max_descriptors = 0;
  LedgerRules ledger;
  ReadCrewConfig crew;
  LayerWalkerConfig layers;
};

class ContainerMetrics final : public MetricSource {
 public:
  // All references must outlive it. `layout` comes from CgroupLayout::discover().
  ContainerMetrics(const Latest<HostView>& hosts, CgroupLayout layout, HostPaths paths, const Clock& clock,
                   prometheus::Registry& registry, ContainerMetricsConfig config = {});
  ~ContainerMetrics() override;

  [[nodiscard]] std::string_view name() const override { return "containers"; }
  [[nodiscard]] Result<void> write(PageText& page) override;

  // Follows the view: opens what started, reads what ends for the last time, and lets go of its descriptors
  // (an open one keeps a dead cgroup and its network namespace in the kernel). Until `stop`; runs a thread of
  // its own beside the caller's; thread-safe beside write().
  void run(const std::stop_token& stop);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hakoban
