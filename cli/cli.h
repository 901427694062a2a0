// hakoban: the operator's command, on a container instance and (logs) anywhere.
#pragma once

#include <iosfwd>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "platform/clock.h"
#include "platform/environment.h"
#include "platform/http/http_client.h"

namespace hakoban {

// What a command works with. All must outlive it.
struct CliContext {
  HttpClient& http;
  const Clock& clock;
  const Environment& environment;
  std::ostream& out;
  std::ostream& err;
};

// Exit codes, for scripts.
inline constexpr int kDone = 0;
inline constexpr int kFailed = 1;   // the agent refused it, or it did not come to pass in time
inline constexpr int kUsage = 2;    // the command line is wrong
inline constexpr int kNoAgent = 3;  // nobody answers on the socket

using CliArguments = std::vector<std::string>;

// One sub-command: "hakoban drain …".
struct CliCommand {
  std::string_view name;
  std::string_view synopsis;  // "[--deadline 30m] [--now]"
  std::string_view summary;   // one line
  int (*run)(const CliContext& context, const CliArguments& arguments);
};

// Runs the sub-command that the first argument names; "--help" and "--version" are answered here.
[[nodiscard]] int run_cli(const CliContext& context, std::string_view version, const CliArguments& arguments);

}  // namespace hakoban
