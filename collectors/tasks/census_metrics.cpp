#include "collectors/tasks/census_metrics.h"

#include <array>
#include <map>

#include "platform/own_metrics.h"

namespace hakoban {
namespace {

constexpr std::array kKinds{TaskKind::unknown, TaskKind::service, TaskKind::daemon, TaskKind::batch};
constexpr std::array kStates{ContainerState::created,    ContainerState::running,  ContainerState::paused,
                             ContainerState::restarting, ContainerState::removing, ContainerState::exited,
                             ContainerState::dead};

}  // namespace

CensusMetrics::CensusMetrics(prometheus::Registry& registry)
    : events_(counter_family(registry, "hakoban_docker_events_total",
                             "Events of the Docker engine that change a container.")),
      reconnects_(counter_family(registry, "hakoban_docker_reconnects_total",
                                 "Times the event stream of the Docker engine ended or could not be had.")
                      .Add({})),
      inspect_errors_(counter_family(registry, "hakoban_docker_inspect_errors_total",
                                     "Containers that could not be inspected; each is tried again.")
                          .Add({})),
      views_(counter_family(registry, "hakoban_census_views_total", "Changes of the host view published.")
                 .Add({})),
      tasks_(
          gauge_family(registry, "hakoban_census_tasks",
                       "ECS tasks on this host that may run, by kind (unknown: ECS has not answered yet).")),
      containers_(gauge_family(registry, "hakoban_census_containers", "Containers on this host, by state.")),
      refreshed_(gauge_family(
          registry, "hakoban_census_refreshed_timestamp_seconds",
          "When facts from a source were last had, in Unix time: time() minus this is their age.")),
      refresh_failures_(counter_family(registry, "hakoban_census_refresh_failures_total",
                                       "Calls for facts that failed, by source; old facts are kept.")) {}

void CensusMetrics::refreshed(const std::string& source, TimePoint now) {
  refreshed_.Add({{"source", source}}).Set(as_seconds(now.time_since_epoch()));
}

void CensusMetrics::refresh_failed(const std::string& source) {
  refresh_failures_.Add({{"source", source}}).Increment();
}

void CensusMetrics::published(const HostView& view) {
  std::map<TaskKind, int> tasks;
  std::map<ContainerState, int> containers;
  for (const auto& container : view.other_containers) ++containers[container.state];
  for (const auto& task : view.tasks) {
    if (task.alive()) ++tasks[task.kind];
    for (const auto& container : task.containers) ++containers[container.state];
  }
  for (const auto kind : kKinds) tasks_.Add({{"kind", std::string{name_of(kind)}}}).Set(tasks[kind]);
  for (const auto state : kStates)
    containers_.Add({{"state", std::string{name_of(state)}}}).Set(containers[state]);
  views_.Increment();
}

}  // namespace hakoban
