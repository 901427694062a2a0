#include "platform/supervisor.h"

#include <algorithm>
#include <exception>

#include "platform/log.h"
#include "platform/pulse.h"

namespace hakoban {

Supervisor::Supervisor(const Clock& clock, prometheus::Registry& registry)
    : clock_(clock),
      restarts_(prometheus::BuildCounter()
                    .Name("hakoban_component_restarts_total")
                    .Help("Times a component failed and was started again.")
                    .Register(registry)) {}

Supervisor::~Supervisor() {
  stop();
}

void Supervisor::run(std::string name, Stage stage, Body body) {
  auto& component = *components_.emplace_back(std::make_unique<Component>());
  component.name = std::move(name);
  component.stage = stage;
  component.running = true;
  auto& restarts = restarts_.Add({{"component", component.name}});
  component.thread =
      std::jthread([this, &component, &restarts, body = std::move(body)](const std::stop_token& stop) {
        keep_running(component, body, restarts, stop);
      });
}

void Supervisor::keep_running(Component& component, const Body& body, prometheus::Counter& restarts,
                              const std::stop_token& stop) {
  const WatchedThread watched{component.name};
  Duration wait = 1s;
  do {
    try {
      component.running = true;
      body(stop);
      component.running = false;
      if (!stop.stop_requested()) log::error("component ended by itself", {{"component", component.name}});
      return;
    } catch (const std::exception& failure) {
      component.running = false;
      restarts.Increment();
      log::error(
          "component failed",
          {{"component", component.name}, {"error", failure.what()}, {"again_in", format_duration(wait)}});
    }
    clock_.sleep(wait, stop);
    wait = std::min<Duration>(wait * 2, 30s);
  } while (!stop.stop_requested());
}

std::vector<ComponentStatus> Supervisor::status() const {
  std::vector<ComponentStatus> all;
  all.reserve(components_.size());
  for (const auto& component : components_) all.push_back({component->name, component->running.load()});
  return all;
}

void Supervisor::stop() {
  for (const auto stage : {Stage::intake, Stage::observe, Stage::act, Stage::serve}) {
    for (const auto& component : components_) {
      if (component->stage == stage) component->thread.request_stop();
    }
    for (const auto& component : components_) {
      if (component->stage == stage && component->thread.joinable()) component->thread.join();
    }
  }
}

}  // namespace hakoban
