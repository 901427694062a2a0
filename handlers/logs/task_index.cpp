#include "handlers/logs/task_index.h"

#include <algorithm>
#include <optional>

#include "core/logs/object_key.h"
#include "platform/files.h"
#include "platform/json_fields.h"
#include "platform/log.h"

namespace hakoban {
namespace {

using nlohmann::ordered_json;

constexpr int kVersion = 1;
constexpr std::string_view kSuffix = ".json";

void put_time(ordered_json& object, const char* key, const std::optional<TimePoint>& time) {
  if (time) object[key] = format_rfc3339(*time);
}

void put_text(ordered_json& object, const char* key, const std::string& text) {
  if (!text.empty()) object[key] = text;
}

void describe_task(ordered_json& index, const TaskView& task, const HostView& view) {
  put_text(index, "task_arn", task.arn);
  put_text(index, "cluster", task.cluster);
  if (task.kind != TaskKind::unknown) index["kind"] = std::string{name_of(task.kind)};
  put_text(index, "service", task.service);
  put_text(index, "family", task.family);
  put_text(index, "revision", task.revision);
  put_text(index, "group", task.group);
  put_text(index, "started_by", task.started_by);
  put_text(index, "instance_id", view.ec2.instance_id);
  put_text(index, "container_instance_arn", view.ecs.container_instance_arn);
}

void describe_container(ordered_json& entry, const ContainerView& container, bool ended) {
  put_text(entry, "name", container.ecs_name);
  put_text(entry, "image", container.image);
  put_text(entry, "log_driver", container.log_driver);
  put_time(entry, "started_at", container.started_at);
  put_time(entry, "finished_at", container.finished_at);
  entry["ended"] = ended;
  if (container.exit_code) entry["exit_code"] = *container.exit_code;
  if (container.oom_killed) entry["oom_killed"] = true;
}

void describe_log(ordered_json& entry, const LogProgress& log) {
  if (log.place) entry["folder"] = log.place->folder;
  entry["lines"] = log.totals.lines;
  entry["bytes"] = log.totals.bytes;
  entry["objects"] = log.totals.objects;
  if (log.totals.lost_bytes > 0) entry["lost_bytes"] = log.totals.lost_bytes;
  auto dates = ordered_json::object();
  for (const auto& [date, lines] : log.totals.lines_by_date) dates[date] = lines;
  entry["dates"] = std::move(dates);
  entry["stored"] = log.ended && log.pending_bytes == 0;
}

ordered_json& entry_of(ordered_json& containers, const std::string& id) {
  for (auto& entry : containers) {
    if (entry.is_object() && entry.value("id", "") == id) return entry;
  }
  containers.push_back({{"id", id}});
  return containers.back();
}

bool all_of(const ordered_json& containers, const char* flag) {
  return std::all_of(containers.begin(), containers.end(),
                     [&](const ordered_json& entry) { return entry.value(flag, false); });
}

// A driver whose records go elsewhere has no log here, unless its cache is followed; nor has what never
// began.
bool all_stored(const ordered_json& containers) {
  return std::all_of(containers.begin(), containers.end(), [](const ordered_json& entry) {
    const auto driver = entry.value("log_driver", "");
    const bool always_followed = driver == "json-file" || driver == "local";
    if (entry.contains("stored")) return entry["stored"] == true;
    return !always_followed || !entry.contains("started_at");
  });
}

// A pause container writes nothing that anyone follows.
bool is_followed(const ContainerView& container) {
  return !container.pause;
}

// What a new put is made for. Counts alone are not worth one, but when they are the last that can be told.
std::string essence_of(const ordered_json& index, bool last) {
  auto essence = index;
  if (!last && !index.value("complete", false)) {
    for (auto& entry : essence["containers"]) {
      for (const char* count : {"lines", "bytes", "objects", "lost_bytes"}) entry.erase(count);
      if (!entry.contains("dates")) continue;
      for (auto& lines : entry["dates"]) lines = 0;
    }
  }
  return essence.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace

std::string task_index_key(std::string_view task_id) {
  return "_tasks/" + key_part(task_id) + "/task.json";
}

ordered_json task_index(const ordered_json& before, const TaskView* task, const HostView& view,
                        const std::vector<LogProgress>& logs) {
  auto index = before.is_object() ? before : ordered_json{{"version", kVersion}};
  if (!index.contains("containers")) index["containers"] = ordered_json::array();
  auto containers = index["containers"];
  index.erase("containers");  // it stands last
  if (task != nullptr) {
    index["task_id"] = task->id;
    describe_task(index, *task, view);
    for (const auto& container : task->containers) {
      if (is_followed(container))
        describe_container(entry_of(containers, container.id), container, !task->may_run(container));
    }
  } else {
    for (auto& entry : containers) entry["ended"] = true;
  }
  for (const auto& log : logs) describe_log(entry_of(containers, log.id), log);
  const bool ended = !containers.empty() && all_of(containers, "ended");
  index["status"] = ended ? "stopped" : "running";
  index["complete"] = ended && all_stored(containers);
  index["containers"] = std::move(containers);
  return index;
}

TaskIndex::TaskIndex(const Latest<HostView>& hosts, ObjectStore& store, const Clock& clock,
                     prometheus::Registry& registry, TaskIndexConfig config)
    : hosts_(hosts),
      store_(store),
      clock_(clock),
      config_(std::move(config)),
      stored_(prometheus::BuildCounter()
                  .Name("hakoban_task_index_stored_total")
                  .Help("Index objects of tasks that were stored.")
                  .Register(registry)
                  .Add({})),
      failures_(prometheus::BuildCounter()
                    .Name("hakoban_task_index_failures_total")
                    .Help("Index objects of tasks that the store or the state folder refused.")
                    .Register(registry)
                    .Add({})) {
  load();
}

void TaskIndex::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    look(stop);
    clock_.sleep(config_.interval, stop);
  }
  not_before_ = {};
  look({});
}

// What an earlier process knew of tasks that may be gone by now.
void TaskIndex::load() {
  std::error_code failure;
  for (const auto& file : std::filesystem::directory_iterator{config_.folder, failure}) {
    const auto name = file.path().filename().string();
    if (!name.ends_with(kSuffix)) continue;
    const auto text = read_file(file.path());
    auto index = text ? ordered_json::parse(*text, nullptr, false) : ordered_json{};
    const auto id = name.substr(0, name.size() - kSuffix.size());
    if (!index.is_object() || index.value("task_id", "") != id) {
      failures_.Increment();
      log::warn("index of a task cannot be read, it begins anew", {{"file", file.path().string()}});
      continue;
    }
    tasks_[id].index = std::move(index);
    open_tasks_.insert(id);
  }
}

void TaskIndex::look(const std::stop_token& stop) {
  const auto view = hosts_.get();
  if (!view->containers_known) return;
  std::map<std::string, std::vector<LogProgress>> logs;
  for (auto& log : progress_()) {
    if (log.place && !log.place->task_id.empty()) logs[log.place->task_id].push_back(std::move(log));
  }
  for (auto& [id, known] : tasks_) known.seen = false;
  for (const auto& task : view->tasks) update(key_part(task.id), &task, *view, logs[key_part(task.id)]);
  for (auto& [id, known] : tasks_) {
    if (!known.seen && !known.index.is_null()) update(id, nullptr, *view, logs[id]);
  }
  const auto begun = clock_.steady();
  for (auto at = tasks_.begin(); at != tasks_.end();) {
    if (begun < not_before_) return;
    if (!stop.stop_possible() && clock_.steady() - begun > config_.stop_budget) return;
    if (!put_if_changed(at->first, at->second, stop)) return;
    // Complete in the store, and gone from Docker: nothing more will be learned.
    const auto& index = at->second.index;
    const bool done =
        index.is_object() && index.value("complete", false) && !at->second.seen && logs[at->first].empty();
    at = done ? tasks_.erase(at) : std::next(at);
  }
}

void TaskIndex::update(const std::string& id, const TaskView* task, const HostView& view,
                       const std::vector<LogProgress>& logs) {
  auto [at, fresh] = tasks_.try_emplace(id);
  auto& known = at->second;
  const auto now = clock_.steady();
  if (fresh) {
    known.first_seen = now;
    const std::lock_guard lock{mutex_};
    open_tasks_.insert(id);
  }
  known.seen = task != nullptr;
  const bool waits =
      task != nullptr && task->kind == TaskKind::unknown && now - known.first_seen < config_.identity_wait;
  if (waits && known.index.is_null()) return;
  known.index = task_index(known.index, task, view, logs);
  if (known.index.value("task_id", "").empty()) known.index["task_id"] = id;
}

bool TaskIndex::put_if_changed(const std::string& id, Known& known, const std::stop_token& stop) {
  if (known.index.is_null()) return true;
  auto essence = essence_of(known.index, !stop.stop_possible());
  if (essence == known.stored) return true;
  const bool complete = known.index.value("complete", false);
  const auto body = known.index.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
  const auto file = config_.folder / (id + std::string{kSuffix});
  auto done = complete ? Result<void>{} : replace_file(file, body);
  if (done) done = store_.put(task_index_key(id), body, {"application/json", ""}, stop);
  if (done && complete) done = remove_file(file);
  if (!done) {
    if (done.error().code == Errc::cancelled) return false;
    failures_.Increment();
    not_before_ = clock_.steady() + config_.retry_pause;
    if (!std::exchange(failing_, true))
      log::warn("index of a task cannot be stored, it is tried again",
                {{"task", id}, {"error", done.error()}});
    return false;
  }
  failing_ = false;
  stored_.Increment();
  known.stored = std::move(essence);
  const std::lock_guard lock{mutex_};
  if (complete) open_tasks_.erase(id);
  return true;
}

bool TaskIndex::may_forget(const LogProgress& progress) {
  if (!progress.place || progress.place->task_id.empty()) return true;
  const std::lock_guard lock{mutex_};
  return !open_tasks_.contains(progress.place->task_id);
}

}  // namespace hakoban
