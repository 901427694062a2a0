// The command line that hakoban's programs share.
#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "platform/config/option_table.h"

namespace hakoban {

struct CommandLine {
  std::string config_file;  // --config FILE
  bool check_config = false;
  bool dry_run = false;
  bool help = false;
  bool version = false;
  std::string reference;                                   // --reference=markdown|man
  std::vector<std::pair<std::string, std::string>> flags;  // settings, for ConfigSources
  std::vector<std::string> problems;
};

// Reads "--name=value", "--name value", "--switch" and "--no-switch". `arguments` without the program's name.
[[nodiscard]] CommandLine read_command_line(std::span<const char* const> arguments, const OptionTable& table);

// The text of --help: `usage` first, then every setting with its flag, environment name and default.
[[nodiscard]] std::string help_text(std::string_view usage, const OptionTable& table);

// Reads the file named and puts all sources together. Errors: the file cannot be read.
[[nodiscard]] Result<ConfigSources> gather_sources(const CommandLine& line, const char* const* environment);

}  // namespace hakoban
