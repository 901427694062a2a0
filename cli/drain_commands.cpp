#include "cli/drain_commands.h"

#include <filesystem>
#include <ostream>

#include <fmt/format.h>
#include <fmt/ostream.h>
#include <nlohmann/json.hpp>

#include "cli/arguments.h"
#include "platform/json_fields.h"

namespace hakoban {

namespace {

using Json = nlohmann::json;

constexpr Duration kLook = 1s;  // between two looks while waiting

constexpr std::string_view kStateSocket = "/var/lib/hakoban/agent.sock";

bool exists(std::string_view path) {
  std::error_code failure;
  return std::filesystem::exists(path, failure);
}

int usage_error(const CliContext& context, const Error& error) {
  fmt::print(context.err, "hakoban: {}; see hakoban --help\n", error.what);
  return kUsage;
}

// The agent on the other end of the socket.
class LocalAgent {
 public:
  LocalAgent(const CliContext& context, const CliFlags& flags) : context_(context) {
    socket_ = flags.value("socket");
    if (socket_.empty()) socket_ = context.environment("HAKOBAN_SOCKET").value_or("");
    // Without systemd the agent's socket is in its state directory.
    if (socket_.empty())
      socket_ = exists(kAgentSocket) || !exists(kStateSocket) ? kAgentSocket : kStateSocket;
  }

  // A JSON answer, whatever its status. Nothing: no agent; that has been said then.
  [[nodiscard]] std::optional<std::pair<int, Json>> call(const std::string& method,
                                                         const Json& body = nullptr) const {
    HttpRequest request;
    request.method = method;
    request.url = "http://hakoban/v1/drain";
    request.unix_socket = socket_;
    request.direct = true;
    if (!body.is_null()) request.body = body.dump();
    const auto answer = context_.http.send(request);
    if (!answer) {
      fmt::print(context_.err, "hakoban: no agent answers on {}: {}\n", socket_, answer.error().what);
      return std::nullopt;
    }
    Json json = Json::parse(answer->body, nullptr, false);
    if (!json.is_object())
      json = Json{{"error", fmt::format("the agent answers {} with no JSON", answer->status)}};
    return std::pair{answer->status, std::move(json)};
  }

 private:
  const CliContext& context_;
  std::string socket_;
};

std::string or_dash(const Json& object, const char* key) {
  const std::string text = text_of(object, key);
  return text.empty() ? "-" : text;
}

void print_task(std::ostream& out, const Json& task) {
  std::string state = "runs";
  if (!text_of(task, "stop_requested_at").empty() || !text_of(task, "docker_stop_at").empty())
    state = "stopping";
  if (!text_of(task, "ended_at").empty()) state = "ended";
  if (bool_of(task, "own").value_or(false)) state = "hakoban itself";
  if (state == "runs" && bool_of(task, "protected").value_or(false)) state = "protected";
  const std::string arn = text_of(task, "arn");
  fmt::print(out, "  {:<10} {:<15} {:<30} {:<33} latest stop {}\n", text_of(task, "kind"), state,
             text_of(task, "name"), arn.substr(arn.rfind('/') + 1), or_dash(task, "latest_stop"));
}

void print_status(std::ostream& out, const Json& view) {
  fmt::print(out, "{}\n", text_of(view, "phase"));
  for (const Json& notice : list_of(view, "waiting")) {
    fmt::print(out, "  waiting: {} {} begins {} deadline {}\n", text_of(notice, "kind"),
               text_of(notice, "action"), or_dash(notice, "begin_at"), or_dash(notice, "deadline"));
  }
  const Json& drain = object_of(view, "drain");
  if (drain.empty()) return;
  for (const Json& cause : list_of(drain, "causes")) {
    fmt::print(out, "  because of: {} {} ({}{})\n", text_of(cause, "kind"), text_of(cause, "action"),
               text_of(cause, "manner"), bool_of(cause, "standing").value_or(false) ? "" : ", taken back");
  }
  fmt::print(out, "  since {}  deadline {}  DRAINING {}  finished {}\n", or_dash(drain, "since"),
             or_dash(drain, "deadline"), or_dash(drain, "draining_at"), or_dash(drain, "finished_at"));
  for (const Json& task : list_of(drain, "tasks")) print_task(out, task);
}

int tell_refusal(const CliContext& context, const Json& answer) {
  fmt::print(context.err, "hakoban: {}\n", or_dash(answer, "error"));
  return kFailed;
}

// Looks until the phase is one of `ends`.
int wait_for(const CliContext& context, const LocalAgent& agent, Duration patience,
             const std::set<std::string>& ends) {
  const SteadyPoint give_up = context.clock.steady() + patience;
  std::string told;
  while (true) {
    const auto answer = agent.call("GET");
    if (!answer) return kNoAgent;
    const std::string phase = text_of(answer->second, "phase");
    if (phase != told) fmt::print(context.out, "{}\n", phase);
    told = phase;
    if (ends.contains(phase)) return kDone;
    if (context.clock.steady() >= give_up) break;
    context.clock.sleep(kLook, {});
  }
  fmt::print(context.err, "hakoban: still {} after {}\n", told, format_duration(patience));
  return kFailed;
}

// Does the call, and waits for what comes of it where --wait is given.
int ask(const CliContext& context, const CliFlags& flags, const std::string& method, const Json& body,
        const std::set<std::string>& ends) {
  const std::string wait = flags.value("wait");
  const auto patience = wait.empty() ? Result<Duration>{Duration{0}} : parse_duration(wait);
  if (!patience) return usage_error(context, patience.error().within("--wait"));
  const LocalAgent agent{context, flags};
  const auto answer = agent.call(method, body);
  if (!answer) return kNoAgent;
  if (answer->first != 202) return tell_refusal(context, answer->second);
  fmt::print(context.out, "accepted: {}\n", text_of(answer->second, "accepted"));
  if (wait.empty()) return kDone;
  context.clock.sleep(kLook, {});  // until it has been taken up
  return wait_for(context, agent, *patience, ends);
}

}  // namespace

int run_drain(const CliContext& context, const CliArguments& arguments) {
  const auto flags = read_flags(arguments, {"deadline", "reason", "wait", "socket"}, {"now"});
  if (!flags) return usage_error(context, flags.error());
  Json body = Json::object();
  if (const std::string deadline = flags->value("deadline"); !deadline.empty()) {
    if (const auto read = parse_duration(deadline); !read)
      return usage_error(context, read.error().within("--deadline"));
    body["deadline"] = deadline;
  }
  if (const std::string reason = flags->value("reason"); !reason.empty()) body["reason"] = reason;
  if (flags->switches.contains("now")) body["now"] = true;
  return ask(context, *flags, "POST", body, {"drained"});
}

int run_undrain(const CliContext& context, const CliArguments& arguments) {
  const auto flags = read_flags(arguments, {"wait", "socket"}, {});
  if (!flags) return usage_error(context, flags.error());
  return ask(context, *flags, "DELETE", nullptr, {"returned", "none"});
}

int run_status(const CliContext& context, const CliArguments& arguments) {
  const auto flags = read_flags(arguments, {"socket"}, {"json"});
  if (!flags) return usage_error(context, flags.error());
  const LocalAgent agent{context, *flags};
  const auto answer = agent.call("GET");
  if (!answer) return kNoAgent;
  if (answer->first != 200) return tell_refusal(context, answer->second);
  if (flags->switches.contains("json")) {
    fmt::print(context.out, "{}\n", answer->second.dump(2));
  } else {
    print_status(context.out, answer->second);
  }
  return kDone;
}

}  // namespace hakoban
