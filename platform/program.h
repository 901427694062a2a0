// What hakoban's daemons have in common: settings, --help, --check-config, signals, the end.
#pragma once

#include <functional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>

#include "platform/config/option_table.h"

namespace hakoban {

struct ProgramInfo {
  std::string_view name;
  std::string_view version;
  std::string_view purpose;  // a sentence or two for --help
};

struct ProgramRun {
  bool dry_run = false;
  std::stop_token stop;  // fires on SIGTERM and SIGINT
};

// Loads the settings bound in `table` (log.level and log.format are added), answers --help, --version and
// --check-config, and else calls `body`, which runs until its stop token fires and returns the exit code. All
// problems of the settings are printed at once, with exit code 1. A second SIGTERM or SIGINT ends the process
// at once.
//
// Call it first thing in main, before any thread starts: it blocks the signals that it waits for.
int run_program(const ProgramInfo& info, OptionTable& table, std::span<const char* const> arguments,
                const char* const* environment, const std::function<int(const ProgramRun&)>& body);

// Tells systemd (sd_notify), if it started us: "READY=1", "STOPPING=1", "STATUS=…".
void notify_service_manager(const std::string& state);

}  // namespace hakoban
