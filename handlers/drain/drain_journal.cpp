#include "handlers/drain/drain_journal.h"

#include <exception>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "handlers/drain/drain_words.h"

namespace hakoban {

namespace {

using Json = nlohmann::json;

constexpr int kFormat = 2;

// Writing: to_json of each part.

Json to_json(TimePoint time) {
  return time.time_since_epoch().count();
}

Json to_json(const std::optional<TimePoint>& time) {
  return time ? to_json(*time) : Json{};
}

Json to_json(const TargetRef& target) {
  return {{"group", target.group_arn}, {"id", target.target_id}, {"port", target.port}};
}

Json to_json(const DiscoveryRef& ref) {
  return {{"service", ref.service_id}, {"instance", ref.instance_id}};
}

template <class List>
Json list_json(const List& list) {
  Json all = Json::array();
  for (const auto& one : list) all.push_back(to_json(one));
  return all;
}

Json to_json(const DrainCause& cause) {
  const Notice& notice = cause.notice;
  return {{"kind", name_of(notice.kind)},
          {"id", notice.id},
          {"action", notice.action},
          {"told_deadline", to_json(notice.deadline)},
          {"seen_at", to_json(notice.seen_at)},
          {"withdrawn", notice.withdrawn},
          {"dismissed", cause.dismissed},
          {"manner", name_of(cause.terms.manner)},
          {"begin_at", to_json(cause.terms.begin_at)},
          {"deadline", to_json(cause.terms.deadline)},
          {"final", cause.terms.final}};
}

Json to_json(const DrainTerms& terms) {
  return {{"manner", name_of(terms.manner)},
          {"since", to_json(terms.since)},
          {"deadline", to_json(terms.deadline)},
          {"final_deadline", to_json(terms.final_deadline)}};
}

Json to_json(const RunningTask& task) {
  return {{"arn", task.arn},
          {"cluster", task.cluster},
          {"name", task.name},
          {"kind", name_of(task.kind)},
          {"stop_timeout", task.stop_timeout.count()},
          {"stop_timeout_known", task.stop_timeout_known},
          {"targets", list_json(task.targets)},
          {"deregistration_delay", task.deregistration_delay.count()},
          {"discovery", list_json(task.discovery)},
          {"behind_classic_elb", task.behind_classic_elb},
          {"own", task.own},
          {"on_interruption", name_of(task.on_interruption)},
          {"notify_signal", task.notify_signal}};
}

Json to_json(const TaskProgress& progress) {
  Json json = to_json(progress.task);
  json["why"] = progress.why ? Json(name_of(*progress.why)) : Json{};
  json["notified"] = progress.notified;
  json["requested_at"] = to_json(progress.requested_at);
  json["local_stop_at"] = to_json(progress.local_stop_at);
  json["ended_at"] = to_json(progress.ended_at);
  json["told_while_registered"] = progress.told_while_registered;
  json["spared"] = progress.spared;
  return json;
}

Json entry_json(const std::pair<const TargetRef, TargetProgress>& entry) {
  Json json = to_json(entry.first);
  json["wanted_out"] = entry.second.wanted_out;
  json["deregistered_at"] = to_json(entry.second.deregistered_at);
  json["out"] = entry.second.out;
  json["registered_again"] = entry.second.registered_again;
  return json;
}

Json entry_json(const std::pair<const DiscoveryRef, DiscoveryProgress>& entry) {
  Json json = to_json(entry.first);
  json["wanted_out"] = entry.second.wanted_out;
  json["left_at"] = to_json(entry.second.left_at);
  return json;
}

Json to_json(const LifecycleProgress& lifecycle) {
  Json hooks = Json::array();
  for (const auto& [name, hook] : lifecycle.hooks) {
    hooks.push_back({{"name", name},
                     {"heartbeat_timeout", hook.heartbeat_timeout.count()},
                     {"beat_at", to_json(hook.beat_at)},
                     {"completed_at", to_json(hook.completed_at)}});
  }
  return {{"known_at", to_json(lifecycle.known_at)},
          {"group", lifecycle.group},
          {"hooks", std::move(hooks)},
          {"held", lifecycle.held},
          {"managed", lifecycle.managed},
          {"foreign_hooks", lifecycle.foreign_hooks}};
}

// Reading. The readers throw nlohmann's exceptions and BadWord on what does not fit; parse_journal turns all
// into one error.

struct BadWord : std::exception {
  [[nodiscard]] const char* what() const noexcept override { return "a value that is none of its kind"; }
};

template <class Enum>
Enum enum_from(const Json& json) {
  const auto value = value_named<Enum>(json.get_ref<const std::string&>());
  if (!value) throw BadWord{};
  return *value;
}

// A list; nlohmann would take null for an empty one.
const Json& list_at(const Json& json, const char* key) {
  const Json& list = json.at(key);
  if (!list.is_array()) throw BadWord{};
  return list;
}

TimePoint time_from(const Json& json) {
  return TimePoint{Duration{json.get<Duration::rep>()}};
}

Duration duration_from(const Json& json) {
  return Duration{json.get<Duration::rep>()};
}

std::optional<TimePoint> maybe_time_from(const Json& json) {
  return json.is_null() ? std::nullopt : std::optional{time_from(json)};
}

TargetRef target_from(const Json& json) {
  return {json.at("group").get<std::string>(), json.at("id").get<std::string>(),
          json.at("port").get<std::uint16_t>()};
}

DiscoveryRef discovery_from(const Json& json) {
  return {json.at("service").get<std::string>(), json.at("instance").get<std::string>()};
}

DrainCause cause_from(const Json& json) {
  DrainCause cause;
  cause.notice.kind = enum_from<NoticeKind>(json.at("kind"));
  cause.notice.id = json.at("id").get<std::string>();
  cause.notice.action = json.at("action").get<std::string>();
  cause.notice.deadline = maybe_time_from(json.at("told_deadline"));
  cause.notice.seen_at = time_from(json.at("seen_at"));
  cause.notice.withdrawn = json.at("withdrawn").get<bool>();
  cause.dismissed = json.at("dismissed").get<bool>();
  cause.terms = {enum_from<Manner>(json.at("manner")), time_from(json.at("begin_at")),
                 time_from(json.at("deadline")), json.at("final").get<bool>()};
  return cause;
}

RunningTask task_from(const Json& json) {
  RunningTask task;
  task.arn = json.at("arn").get<std::string>();
  task.cluster = json.at("cluster").get<std::string>();
  task.name = json.at("name").get<std::string>();
  task.kind = enum_from<TaskKind>(json.at("kind"));
  task.stop_timeout = duration_from(json.at("stop_timeout"));
  task.stop_timeout_known = json.at("stop_timeout_known").get<bool>();
  for (const Json& target : list_at(json, "targets")) task.targets.push_back(target_from(target));
  task.deregistration_delay = duration_from(json.at("deregistration_delay"));
  for (const Json& ref : list_at(json, "discovery")) task.discovery.push_back(discovery_from(ref));
  task.behind_classic_elb = json.at("behind_classic_elb").get<bool>();
  task.own = json.at("own").get<bool>();
  task.on_interruption = enum_from<OnInterruption>(json.at("on_interruption"));
  task.notify_signal = json.at("notify_signal").get<std::string>();
  return task;
}

TaskProgress progress_from(const Json& json) {
  TaskProgress progress;
  progress.task = task_from(json);
  if (!json.at("why").is_null()) progress.why = enum_from<StopWhy>(json.at("why"));
  progress.notified = json.at("notified").get<std::set<std::string>>();
  progress.requested_at = maybe_time_from(json.at("requested_at"));
  progress.local_stop_at = maybe_time_from(json.at("local_stop_at"));
  progress.ended_at = maybe_time_from(json.at("ended_at"));
  progress.told_while_registered = json.at("told_while_registered").get<bool>();
  progress.spared = json.at("spared").get<bool>();
  return progress;
}

LifecycleProgress lifecycle_from(const Json& json) {
  LifecycleProgress lifecycle;
  lifecycle.known_at = maybe_time_from(json.at("known_at"));
  lifecycle.group = json.at("group").get<std::string>();
  lifecycle.held = json.at("held").get<bool>();
  lifecycle.managed = json.at("managed").get<bool>();
  lifecycle.foreign_hooks = json.at("foreign_hooks").get<std::size_t>();
  for (const Json& hook : list_at(json, "hooks")) {
    lifecycle.hooks[hook.at("name").get<std::string>()] = {duration_from(hook.at("heartbeat_timeout")),
                                                           maybe_time_from(hook.at("beat_at")),
                                                           maybe_time_from(hook.at("completed_at"))};
  }
  return lifecycle;
}

void read_work(const Json& json, DrainState& state) {
  for (const Json& entry : list_at(json, "targets")) {
    state.targets[target_from(entry)] = {
        entry.at("wanted_out").get<bool>(), maybe_time_from(entry.at("deregistered_at")),
        entry.at("out").get<bool>(), entry.at("registered_again").get<int>()};
  }
  for (const Json& entry : list_at(json, "discovery")) {
    state.discovery[discovery_from(entry)] = {entry.at("wanted_out").get<bool>(),
                                              maybe_time_from(entry.at("left_at"))};
  }
  for (const Json& entry : list_at(json, "tasks")) {
    TaskProgress progress = progress_from(entry);
    for (const TargetRef& target : progress.task.targets) state.targets.try_emplace(target);
    for (const DiscoveryRef& ref : progress.task.discovery) state.discovery.try_emplace(ref);
    state.tasks[progress.task.arn] = std::move(progress);
  }
  state.lifecycle = lifecycle_from(json.at("lifecycle"));
}

DrainState state_from(const Json& json) {
  DrainState state;
  for (const Json& entry : list_at(json, "causes")) {
    DrainCause cause = cause_from(entry);
    state.causes[cause.notice.id] = std::move(cause);
  }
  const Json& terms = json.at("terms");
  state.terms = {enum_from<Manner>(terms.at("manner")), time_from(terms.at("since")),
                 time_from(terms.at("deadline")), maybe_time_from(terms.at("final_deadline"))};
  state.cluster = json.at("cluster").get<std::string>();
  state.instance_id = json.at("instance_id").get<std::string>();
  state.container_instance_arn = json.at("container_instance").get<std::string>();
  state.status_before = json.at("status_before").get<std::string>();
  state.draining_tried_at = maybe_time_from(json.at("draining_tried_at"));
  state.draining_at = maybe_time_from(json.at("draining_at"));
  state.called_off_at = maybe_time_from(json.at("called_off_at"));
  state.returned_at = maybe_time_from(json.at("returned_at"));
  state.finished_at = maybe_time_from(json.at("finished_at"));
  read_work(json, state);
  if (!json.at("reached").is_object()) throw BadWord{};
  for (const auto& [milestone, time] : json.at("reached").items()) state.reached[milestone] = time_from(time);
  return state;
}

}  // namespace

std::string format_journal(const DrainState& state, std::string_view boot_id) {
  Json causes = Json::array();
  for (const auto& [id, cause] : state.causes) causes.push_back(to_json(cause));
  Json tasks = Json::array();
  for (const auto& [arn, progress] : state.tasks) tasks.push_back(to_json(progress));
  Json targets = Json::array();
  for (const auto& entry : state.targets) targets.push_back(entry_json(entry));
  Json discovery = Json::array();
  for (const auto& entry : state.discovery) discovery.push_back(entry_json(entry));
  Json reached = Json::object();
  for (const auto& [milestone, time] : state.reached) reached[milestone] = to_json(time);
  const Json all = {{"format", kFormat},
                    {"boot_id", boot_id},
                    {"causes", std::move(causes)},
                    {"terms", to_json(state.terms)},
                    {"cluster", state.cluster},
                    {"instance_id", state.instance_id},
                    {"container_instance", state.container_instance_arn},
                    {"status_before", state.status_before},
                    {"draining_tried_at", to_json(state.draining_tried_at)},
                    {"draining_at", to_json(state.draining_at)},
                    {"called_off_at", to_json(state.called_off_at)},
                    {"returned_at", to_json(state.returned_at)},
                    {"finished_at", to_json(state.finished_at)},
                    {"tasks", std::move(tasks)},
                    {"targets", std::move(targets)},
                    {"discovery", std::move(discovery)},
                    {"lifecycle", to_json(state.lifecycle)},
                    {"reached", std::move(reached)}};
  return all.dump(1, ' ', false, Json::error_handler_t::replace);
}

Result<DrainJournal> parse_journal(std::string_view text) {
  const Json json = Json::parse(text, nullptr, false);
  try {
    if (json.at("format").get<int>() != kFormat) return Error{Errc::malformed, "a journal of another format"};
    return DrainJournal{state_from(json), json.at("boot_id").get<std::string>()};
  } catch (const std::exception& problem) {
    return Error{Errc::malformed, fmt::format("not a drain's journal: {}", problem.what())};
  }
}

}  // namespace hakoban
