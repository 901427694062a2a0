#include "collectors/metrics/container_metrics.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>

#include "collectors/metrics/device_names.h"
#include "collectors/metrics/exit_watch.h"
#include "collectors/metrics/host_readers.h"
#include "core/metrics/host_families.h"
#include "platform/log.h"

namespace hakoban {
namespace {

constexpr std::string_view kHostLabels = "id=\"/\"";  // as cAdvisor calls the whole host
constexpr Duration kUntilAnyChange = 1h;              // wait_newer() ends earlier on a change and on stop

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

UsageSample sample_of(std::string_view labels, const Subject& subject) {
  const auto& report = subject.newest;
  UsageSample sample{labels, &report.usage, &report.limits, report.network.interfaces};
  if (report.network.netstat) sample.netstat = &*report.network.netstat;
  if (report.network.connections) sample.connections = &*report.network.connections;
  return sample;
}

UsageSample sample_of(const TaskReading& task) {
  UsageSample sample{task.labels, &task.usage, &task.subject.newest.limits, task.interfaces};
  if (task.netstat) sample.netstat = &*task.netstat;
  return sample;
}

Reading memory_limit_of(const TaskReading& task) {
  const auto& own = task.subject.newest.limits.memory_limit_bytes;
  if (own && *own > 0) return own;
  if (task.memory_limit_bytes) return task.memory_limit_bytes;
  std::uint64_t sum = 0;
  for (const auto* container : task.containers) {
    const auto& limit = container->subject.newest.limits.memory_limit_bytes;
    if (!limit || *limit == 0) return std::nullopt;  // one without a limit: all are without
    sum += *limit;
  }
  return sum;
}

std::optional<double> cpu_limit_of(const TaskReading& task) {
  const auto& limits = task.subject.newest.limits;
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
        paths_(paths),
        clock_(clock),
        counters_(registry),
        budget_(std::make_shared<DescriptorBudget>(
            config.max_descriptors > 0 ? config.max_descriptors : DescriptorBudget::limit_of_this_process())),
        exits_(clock, registry),
        layers_(paths, config.layers),
        walk_(config.groups.has(MetricGroup::disk)),
        readers_(std::move(layout), std::move(paths), budget_, exits_,
                 {{config.groups, config.limits_refresh}, config.crew, std::move(config.labels)}),
        ledger_(config.ledger, clock.now()) {}

  Result<void> write(PageText& page) {
    const std::lock_guard lock{mutex_};
    ReadTally tally;
    follow(tally);
    readers_.read(clock_.steady(), tally);
    measure();
    ledger_.settle(clock_.now());
    look_at_layers();
    write_containers(page);
    write_tasks(page);
    write_ledger_families(page, ledger_);
    account(tally);
    return {};
  }

  void run(const std::stop_token& stop) {
    const std::jthread exits{[this, stop] { exits_.run(stop); }};
    auto seen = hosts_.version();
    for (;;) {
      {
        const std::lock_guard lock{mutex_};
        ReadTally tally;
        follow(tally);
        readers_.read_fresh(clock_.steady(), tally);
        measure();
        account(tally);
      }
      if (stop.stop_requested()) return;
      seen = hosts_.wait_newer(seen, kUntilAnyChange, stop);
    }
  }

 private:
  void follow(ReadTally& tally) {
    const auto view = hosts_.get();
    readers_.follow(*view, view != followed_, clock_.steady(), tally);
    if (view != followed_) ledger_.follow(*view, clock_.now());
    followed_ = view;
  }

  void measure() {
    for (const auto& [arn, task] : readers_.tasks()) {
      if (ledger_.open(arn)) ledger_.measured(arn, task.totals());
    }
  }

  // What the background walk knows by now, by container id.
  void look_at_layers() {
    layer_of_.clear();
    if (!walk_) return;
    for (const auto& [id, container] : readers_.containers()) {
      if (!container.subject.alive || container.pid <= 0) continue;
      if (auto layer = layers_.of(id, container.pid, clock_.steady()))
        layer_of_[&container] = *std::move(layer);
    }
    layers_.forget_others();
  }

  void write_containers(PageText& page) {
    std::vector<ContainerSample> samples;
    if (readers_.host().alive) add_container(samples, {kHostLabels, readers_.host(), std::nullopt, {}});
    for (const auto& [id, container] : readers_.containers()) {
      if (!container.subject.alive) continue;
      add_container(samples,
                    {container.labels, container.subject, container.started_at, container.info_labels});
      if (const auto layer = layer_of_.find(&container); layer != layer_of_.end())
        samples.back().usage.layers = {&layer->second, 1};
    }
    write_container_families(page, samples, devices_, clock_.now());
  }

  struct Measured {
    std::string_view labels;
    const Subject& subject;
    std::optional<TimePoint> started_at;
    std::string_view info_labels;
  };
  void add_container(std::vector<ContainerSample>& samples, const Measured& container) {
    name_devices(container.subject.newest.usage.io, paths_, devices_);
    samples.push_back(
        {sample_of(container.labels, container.subject), container.started_at, container.info_labels});
  }

  // Sizes of its containers' layers, added up by device; none when one of them is not known.
  [[nodiscard]] std::vector<LayerUsage> layers_of(const TaskReading& task) const {
    std::vector<LayerUsage> sums;
    for (const auto* container : task.containers) {
      const auto found = layer_of_.find(container);
      if (found == layer_of_.end() || !found->second.usage_bytes) return {};
      const auto sum = std::find_if(sums.begin(), sums.end(),
                                    [&](const auto& layer) { return layer.device == found->second.device; });
      if (sum != sums.end())
        *sum->usage_bytes += *found->second.usage_bytes;
      else
        sums.push_back({found->second.device, found->second.usage_bytes, {}, {}, {}});
    }
    return sums;
  }

  void write_tasks(PageText& page) {
    std::vector<TaskSample> samples;
    std::vector<std::vector<LayerUsage>> layers;  // of each sample
    for (const auto& [arn, task] : readers_.tasks()) {
      const auto running = std::count_if(task.containers.begin(), task.containers.end(),
                                         [](const auto* container) { return container->subject.alive; });
      if (running == 0) continue;
      name_devices(task.usage.io, paths_, devices_);
      layers.push_back(layers_of(task));
      samples.push_back({sample_of(task), static_cast<std::uint64_t>(running), task.restarts, task.started_at,
                         memory_limit_of(task), cpu_limit_of(task), task.info_labels});
    }
    for (std::size_t i = 0; i < samples.size(); ++i) samples[i].usage.layers = layers[i];
    write_task_families(page, samples, devices_);
  }

  // Counts every failure; logs when they begin, become others and end.
  void account(const ReadTally& tally) {
    counters_.read.Increment(static_cast<double>(tally.read));
    counters_.failed.Increment(static_cast<double>(tally.failed));
    counters_.descriptors.Set(static_cast<double>(budget_->used()));
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
  const std::shared_ptr<DescriptorBudget> budget_;
  ExitWatch exits_;
  LayerWalker layers_;
  const bool walk_;
  std::mutex mutex_;  // guards all below
  HostReaders readers_;
  TaskLedger ledger_;
  DeviceLabels devices_;
  std::map<const ContainerReading*, LayerUsage> layer_of_;
  Latest<HostView>::Value followed_;
  std::optional<Errc> trouble_;
};

ContainerMetrics::ContainerMetrics(const Latest<HostView>& hosts, CgroupLayout layout, HostPaths paths,
                                   const Clock& clock, prometheus::Registry& registry,
                                   ContainerMetricsConfig config)
    : impl_(std::make_unique<Impl>(hosts, std::move(layout), std::move(paths), clock, registry,
                                   std::move(config))) {}

ContainerMetrics::~ContainerMetrics() = default;

Result<void> ContainerMetrics::write(PageText& page) {
  return impl_->write(page);
}

void ContainerMetrics::run(const std::stop_token& stop) {
  impl_->run(stop);
}

}  // namespace hakoban
