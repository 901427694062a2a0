#include "cli/cli.h"

#include <algorithm>
#include <array>
#include <ostream>

#include <fmt/format.h>
#include <fmt/ostream.h>

#include "cli/drain_commands.h"
#include "cli/logs_command.h"

namespace hakoban {

namespace {

// Every command that there is.
constexpr std::array kCommands = {
    CliCommand{"drain", "[--deadline DURATION] [--now] [--reason TEXT] [--wait DURATION] [--socket PATH]",
               "take this host out of service: gently, or within two minutes with --now", run_drain},
    CliCommand{"undrain", "[--wait DURATION] [--socket PATH]", "take a drain back: the host is ACTIVE again",
               run_undrain},
    CliCommand{"status", "[--json] [--socket PATH]", "where the drain of this host stands", run_status},
    CliCommand{"logs", "TASK_ID [--from s3://BUCKET/PREFIX] [--container NAME] [--times] [--json]",
               "print what a task said, wherever it ran", run_logs},
};

void print_usage(std::ostream& out) {
  fmt::print(out, "hakoban: the operator's command\n\nusage:\n");
  for (const CliCommand& command : kCommands) {
    fmt::print(out, "  hakoban {} {}\n      {}\n", command.name, command.synopsis, command.summary);
  }
  fmt::print(
      out,
      "\nDURATION is such as 90s, 30m or 2h. The agent's socket is {} unless --socket or HAKOBAN_SOCKET\n"
      "says otherwise; root and the agent's user may open it. Logs are read from HAKOBAN_LOGS_DESTINATION "
      "unless --from\n"
      "says otherwise, with AWS's usual credentials and AWS_REGION.\n"
      "Exit codes: 0 done, 1 refused or not in time, 2 usage, 3 no agent answers.\n",
      kAgentSocket);
}

}  // namespace

int run_cli(const CliContext& context, std::string_view version, const CliArguments& arguments) {
  if (arguments.empty()) {
    print_usage(context.err);
    return kUsage;
  }
  const std::string& name = arguments.front();
  if (name == "--help" || name == "-h" || name == "help") {
    print_usage(context.out);
    return kDone;
  }
  if (name == "--version") {
    fmt::print(context.out, "hakoban {}\n", version);
    return kDone;
  }
  const auto command = std::find_if(kCommands.begin(), kCommands.end(),
                                    [&](const CliCommand& known) { return known.name == name; });
  if (command == kCommands.end()) {
    fmt::print(context.err, "hakoban: '{}' is not a command; see hakoban --help\n", name);
    return kUsage;
  }
  return command->run(context, {arguments.begin() + 1, arguments.end()});
}

}  // namespace hakoban
