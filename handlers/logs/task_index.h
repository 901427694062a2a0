// A small object for each task, `_tasks/{task id}/task.json`, so that a task's id alone finds its logs: what
// it was, which folders its containers' logs lie in and under which dates, how it ended, and how much it
// wrote. One line of JSON.
//
// It is put when the task is first seen, on each new date, when it ends, and once more when all of its logs
// are stored ("complete"); later ones replace earlier ones.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>
#include <prometheus/counter.h>
#include <prometheus/registry.h>

#include "core/host/host_view.h"
#include "core/logs/log_progress.h"
#include "platform/clock.h"
#include "platform/latest.h"
#include "platform/object_store.h"

namespace hakoban {

struct TaskIndexConfig {
  std::filesystem::path folder = "/var/lib/hakoban/tasks";  // what the store does not know to be complete yet
  Duration interval = 2s;                                   // between looks
  Duration retry_pause = 10s;                               // after the store refused
  Duration identity_wait = 60s;                             // for ECS to tell what a task is
  Duration stop_budget = 3s;                                // for the last look, when the process ends
};

// The index of a task as far as it is known now, over what was known of it `before` (null: nothing). What is
// in `before` and not seen any more is kept. `task`: null when Docker has forgotten it.
[[nodiscard]] nlohmann::ordered_json task_index(const nlohmann::ordered_json& before, const TaskView* task,
                                                const HostView& view, const std::vector<LogProgress>& logs);

[[nodiscard]] std::string task_index_key(std::string_view task_id);

// may_forget(): any thread. run(), or look() in its place: one thread.
class TaskIndex final : public LogWitness {
 public:
  using Progress = std::function<std::vector<LogProgress>()>;

  // All references must outlive it.
  TaskIndex(const Latest<HostView>& hosts, ObjectStore& store, const Clock& clock,
            prometheus::Registry& registry, TaskIndexConfig config);

  // The tailer's numbers. Call before the first look.
  void follow(Progress progress) { progress_ = std::move(progress); }

  // Until `stop`; then one last look, with what the shipper got away by then. Stop the shipper first.
  void run(const std::stop_token& stop);

  void look(const std::stop_token& stop);

  [[nodiscard]] bool may_forget(const LogProgress& progress) override;

 private:
  struct Known {
    nlohmann::ordered_json index;
    std::string stored;  // what of it decides whether it is put again, as the store has it
    SteadyPoint first_seen{};
    bool seen = false;  // in this look
  };

  void load();
  void update(const std::string& id, const TaskView* task, const HostView& view,
              const std::vector<LogProgress>& logs);
  [[nodiscard]] bool put_if_changed(const std::string& id, Known& known, const std::stop_token& stop);

  const Latest<HostView>& hosts_;
  ObjectStore& store_;
  const Clock& clock_;
  const TaskIndexConfig config_;
  prometheus::Counter& stored_;
  prometheus::Counter& failures_;
  Progress progress_;
  std::map<std::string, Known> tasks_;  // by id
  SteadyPoint not_before_{};
  bool failing_ = false;

  std::mutex mutex_;                  // guards what may_forget() reads
  std::set<std::string> open_tasks_;  // whose index is not complete in the store
};

}  // namespace hakoban
