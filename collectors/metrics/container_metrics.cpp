#include "collectors/metrics/container_metrics.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>

#include "collectors/metrics/device_names.h"
#include "collectors/metrics/host_readers.h"
#include "core/metrics/host_families.h"
#include "platform/log.h"

namespace hakoban {
namespace {

constexpr Duration kUntilAnyChange = 1h;  // wait_newer() ends earlier on a change and on stop

struct Counters {
  prometheus::Counter& read;
  prometheus::Counter& failed;
  prometheus::Gauge& descriptors;

  explicit Counters(prometheus::Registry& registry)
      : read(prometheus::BuildCounter()
                 .Name("hakoban_metrics_files_read_total")
                 .Help("Reads of cgroup and proc files for the container metrics.")
                 .Register(registry)
                 .Add({})),
        failed(prometheus::BuildCounter()
                   .Name("hakoban_metrics_read_failures_total")
                   .Help("Files for the container metrics that could not be read or made no sense.")
                   .Register(registry)
                   .Add({})),
        descriptors(prometheus::BuildGauge()
                        .Name("hakoban_metrics_kept_descriptors")
                        .Help("Descriptors kept open for the container metrics.")
                        .Register(registry)
                        .Add({})) {}
};

UsageSample sample_of(std::string_view labels, const CgroupUsage& usage, const ReadCgroup& cgroup,
                      std::span<const InterfaceUsage> interfaces) {
  return {labels, &usage, &cgroup.limits, interfaces};
}

Reading memory_limit_of(const TaskReading& task) {
  const auto& own = task.cgroup.limits.memory_limit_bytes;
  if (own && *own > 0) return own;
  if (task.memory_limit_bytes) return task.memory_limit_bytes;
  std::uint64_t sum = 0;
  for (const auto* container : task.containers) {
    const auto& limit = container->cgroup.limits.memory_limit_bytes;
    if (!limit || *limit == 0) return std::nullopt;  // one without a limit: all are without
    sum += *limit;
  }
  return sum;
}

std::optional<double> cpu_limit_of(const TaskReading& task) {
  const auto& limits = task.cgroup.limits;
  if (limits.cpu_quota_us && limits.cpu_period_us && *limits.cpu_period_us > 0)
    return static_cast<double>(*limits.cpu_quota_us) / static_cast<double>(*limits.cpu_period_us);
  return task.cpu_limit_cores;
}

}  // namespace

class ContainerMetrics::Impl {
 public:
  Impl(const Latest<HostView>& hosts, CgroupLayout layout, HostPaths paths, const Clock& clock,
       prometheus::Registry& registry, ContainerMetricsConfig config)
      : hosts_(hosts),
        paths_(std::move(paths)),
        clock_(clock),
        counters_(registry),
        budget_(config.max_descriptors > 0 ? config.max_descriptors
                                           : DescriptorBudget::limit_of_this_process()),
        readers_(std::move(layout), paths_, budget_,
                 {config.per_cpu, std::move(config.container_labels), config.limits_refresh}) {}

  Result<void> write(std::string& page) {
    const std::lock_guard lock{mutex_};
    const auto view = hosts_.get();
    readers_.follow(*view, view != followed_);
    followed_ = view;
    ReadTally tally;
    readers_.read(clock_.steady(), tally);
    write_containers(page);
    write_tasks(page);
    account(tally);
    return {};
  }

  void run(const std::stop_token& stop) {
    auto seen = hosts_.version();
    for (;;) {
      drop_ended();
      if (stop.stop_requested()) return;
      seen = hosts_.wait_newer(seen, kUntilAnyChange, stop);
    }
  }

 private:
  void drop_ended() {
    const std::lock_guard lock{mutex_};
    readers_.drop_ended(*hosts_.get());
    followed_.reset();
  }

  void write_containers(std::string& page) {
    std::vector<ContainerSample> samples;
    for (const auto& [id, container] : readers_.containers()) {
      if (!container.alive) continue;
      const auto& usage = container.cgroup.usage;
      name_devices(usage.io, paths_, devices_);
      samples.push_back({sample_of(container.labels, usage, container.cgroup, container.interfaces),
                         container.started_at, container.info_labels});
    }
    write_container_families(page, samples, devices_, clock_.now());
  }

  void write_tasks(std::string& page) {
    std::vector<TaskSample> samples;
    for (const auto& [arn, task] : readers_.tasks()) {
      const auto running = std::count_if(task.containers.begin(), task.containers.end(),
                                         [](const auto* container) { return container->alive; });
      if (running == 0) continue;
      name_devices(task.usage.io, paths_, devices_);
      samples.push_back({sample_of(task.labels, task.usage, task.cgroup, task.interfaces),
                         static_cast<std::uint64_t>(running), memory_limit_of(task), cpu_limit_of(task),
                         task.info_labels});
    }
    write_task_families(page, samples, devices_);
  }

  // Counts every failure; logs when they begin, become others and end.
  void account(const ReadTally& tally) {
    counters_.read.Increment(static_cast<double>(tally.read));
    counters_.failed.Increment(static_cast<double>(tally.failed));
    counters_.descriptors.Set(static_cast<double>(budget_.used()));
    if (tally.failed > 0 && tally.last_failure.code != trouble_)
      log::warn("container metrics: files cannot be read",
                {{"files", tally.failed}, {"for example", tally.last_failure}});
    if (tally.failed == 0 && trouble_) log::info("container metrics: all files can be read again");
    trouble_ = tally.failed > 0 ? std::optional{tally.last_failure.code} : std::nullopt;
  }

  const Latest<HostView>& hosts_;
  const HostPaths paths_;
  const Clock& clock_;
  Counters counters_;
  DescriptorBudget budget_;
  std::mutex mutex_;  // guards all below
  HostReaders readers_;
  DeviceLabels devices_;
  Latest<HostView>::Value followed_;
  std::optional<Errc> trouble_;
};

ContainerMetrics::ContainerMetrics(const Latest<HostView>& hosts, CgroupLayout layout, HostPaths paths,
                                   const Clock& clock, prometheus::Registry& registry,
                                   ContainerMetricsConfig config)
    : impl_(std::make_unique<Impl>(hosts, std::move(layout), std::move(paths), clock, registry,
                                   std::move(config))) {}

ContainerMetrics::~ContainerMetrics() = default;

Result<void> ContainerMetrics::write(std::string& page) {
  return impl_->write(page);
}

void ContainerMetrics::run(const std::stop_token& stop) {
  impl_->run(stop);
}

}  // namespace hakoban
