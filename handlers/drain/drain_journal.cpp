#include "handlers/drain/drain_journal.h"

#include <array>
#include <exception>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace hakoban {

namespace {

using Json = nlohmann::json;

constexpr int kFormat = 1;

Json to_json(TimePoint time) {
  return time.time_since_epoch().count();
}

Json to_json(const std::optional<TimePoint>& time) {
  return time ? to_json(*time) : Json{};
}

Json to_json(const TargetRef& target) {
  return {{"group", target.group_arn}, {"id", target.target_id}, {"port", target.port}};
}

Json to_json(const Notice& notice) {
  return {{"kind", name_of(notice.kind)},
          {"id", notice.id},
          {"action", notice.action},
          {"deadline", to_json(notice.deadline)},
          {"seen_at", to_json(notice.seen_at)}};
}

Json to_json(const TaskProgress& progress) {
  const RunningTask& task = progress.task;
  Json targets = Json::array();
  for (const TargetRef& target : task.targets) targets.push_back(to_json(target));
  return {{"arn", task.arn},
          {"cluster", task.cluster},
          {"name", task.name},
          {"kind", name_of(task.kind)},
          {"stop_timeout", task.stop_timeout.count()},
          {"stop_timeout_known", task.stop_timeout_known},
          {"targets", std::move(targets)},
          {"behind_classic_elb", task.behind_classic_elb},
          {"own", task.own},
          {"why", progress.why ? Json(name_of(*progress.why)) : Json{}},
          {"requested_at", to_json(progress.requested_at)},
          {"local_stop_at", to_json(progress.local_stop_at)},
          {"ended_at", to_json(progress.ended_at)},
          {"told_while_registered", progress.told_while_registered}};
}

// The readers throw nlohmann's exceptions and BadWord on what does not fit; parse_journal turns all into one
// error.
struct BadWord : std::exception {
  [[nodiscard]] const char* what() const noexcept override { return "a word that is none of its kind"; }
};

template <class Enum, std::size_t N>
Enum enum_from(const Json& json, const std::array<Enum, N>& all) {
  const auto& word = json.get_ref<const std::string&>();
  for (const Enum value : all) {
    if (name_of(value) == word) return value;
  }
  throw BadWord{};
}

TimePoint time_from(const Json& json) {
  return TimePoint{Duration{json.get<Duration::rep>()}};
}

std::optional<TimePoint> maybe_time_from(const Json& json) {
  return json.is_null() ? std::nullopt : std::optional{time_from(json)};
}

TargetRef target_from(const Json& json) {
  return {json.at("group").get<std::string>(), json.at("id").get<std::string>(),
          json.at("port").get<std::uint16_t>()};
}

Notice notice_from(const Json& json) {
  constexpr std::array kKinds = {NoticeKind::spot_interruption, NoticeKind::rebalance, NoticeKind::lifecycle,
                                 NoticeKind::maintenance, NoticeKind::operator_request};
  Notice notice;
  notice.kind = enum_from(json.at("kind"), kKinds);
  notice.id = json.at("id").get<std::string>();
  notice.action = json.at("action").get<std::string>();
  notice.deadline = time_from(json.at("deadline"));
  notice.seen_at = time_from(json.at("seen_at"));
  return notice;
}

RunningTask task_from(const Json& json) {
  constexpr std::array kKinds = {TaskKind::unknown, TaskKind::service, TaskKind::daemon, TaskKind::batch};
  RunningTask task;
  task.arn = json.at("arn").get<std::string>();
  task.cluster = json.at("cluster").get<std::string>();
  task.name = json.at("name").get<std::string>();
  task.kind = enum_from(json.at("kind"), kKinds);
  task.stop_timeout = Duration{json.at("stop_timeout").get<Duration::rep>()};
  task.stop_timeout_known = json.at("stop_timeout_known").get<bool>();
  for (const Json& target : json.at("targets")) task.targets.push_back(target_from(target));
  task.behind_classic_elb = json.at("behind_classic_elb").get<bool>();
  task.own = json.at("own").get<bool>();
  return task;
}

TaskProgress progress_from(const Json& json) {
  constexpr std::array kWhys = {StopWhy::draining_set, StopWhy::targets_out, StopWhy::grace_over,
                                StopWhy::others_ended, StopWhy::latest_time};
  TaskProgress progress;
  progress.task = task_from(json);
  if (!json.at("why").is_null()) progress.why = enum_from(json.at("why"), kWhys);
  progress.requested_at = maybe_time_from(json.at("requested_at"));
  progress.local_stop_at = maybe_time_from(json.at("local_stop_at"));
  progress.ended_at = maybe_time_from(json.at("ended_at"));
  progress.told_while_registered = json.at("told_while_registered").get<bool>();
  return progress;
}

DrainState state_from(const Json& json) {
  DrainState state;
  state.notice = notice_from(json.at("notice"));
  state.cluster = json.at("cluster").get<std::string>();
  state.container_instance_arn = json.at("container_instance").get<std::string>();
  state.draining_at = maybe_time_from(json.at("draining_at"));
  state.finished_at = maybe_time_from(json.at("finished_at"));
  for (const Json& entry : json.at("targets")) {
    state.targets[target_from(entry)] = {maybe_time_from(entry.at("deregistered_at")),
                                         entry.at("out").get<bool>(),
                                         entry.at("registered_again").get<int>()};
  }
  for (const Json& entry : json.at("tasks")) {
    TaskProgress progress = progress_from(entry);
    for (const TargetRef& target : progress.task.targets) state.targets.try_emplace(target);
    state.tasks[progress.task.arn] = std::move(progress);
  }
  for (const auto& [milestone, time] : json.at("reached").items()) state.reached[milestone] = time_from(time);
  return state;
}

}  // namespace

std::string format_journal(const DrainState& state) {
  Json tasks = Json::array();
  for (const auto& [arn, progress] : state.tasks) tasks.push_back(to_json(progress));
  Json targets = Json::array();
  for (const auto& [ref, target] : state.targets) {
    Json entry = to_json(ref);
    entry["deregistered_at"] = to_json(target.deregistered_at);
    entry["out"] = target.out;
    entry["registered_again"] = target.registered_again;
    targets.push_back(std::move(entry));
  }
  Json reached = Json::object();
  for (const auto& [milestone, time] : state.reached) reached[milestone] = to_json(time);
  const Json all = {{"format", kFormat},
                    {"notice", to_json(state.notice)},
                    {"cluster", state.cluster},
                    {"container_instance", state.container_instance_arn},
                    {"draining_at", to_json(state.draining_at)},
                    {"tasks", std::move(tasks)},
                    {"targets", std::move(targets)},
                    {"reached", std::move(reached)},
                    {"finished_at", to_json(state.finished_at)}};
  return all.dump(1, ' ', false, Json::error_handler_t::replace);
}

Result<DrainState> parse_journal(std::string_view text) {
  const Json json = Json::parse(text, nullptr, false);
  try {
    if (json.at("format").get<int>() != kFormat) return Error{Errc::malformed, "a journal of another format"};
    return state_from(json);
  } catch (const std::exception& problem) {
    return Error{Errc::malformed, fmt::format("not a drain's journal: {}", problem.what())};
  }
}

}  // namespace hakoban
