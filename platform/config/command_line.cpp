#include "platform/config/command_line.h"

#include <string_view>

#include <fmt/format.h>

#include "platform/files.h"

namespace hakoban {
namespace {

// The flags that are not settings. Returns false when `name` is none of them.
bool take_own_switch(std::string_view name, CommandLine& line) {
  if (name == "check-config") return line.check_config = true;
  if (name == "dry-run") return line.dry_run = true;
  if (name == "help" || name == "h") return line.help = true;
  if (name == "version") return line.version = true;
  return false;
}

bool take_setting_switch(std::string_view name, const OptionTable& table, CommandLine& line) {
  if (table.is_switch(name)) {
    line.flags.emplace_back(name, "true");
    return true;
  }
  if (name.starts_with("no-") && table.is_switch(name.substr(3))) {
    line.flags.emplace_back(name.substr(3), "false");
    return true;
  }
  return false;
}

}  // namespace

CommandLine read_command_line(std::span<const char* const> arguments, const OptionTable& table) {
  CommandLine line;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    std::string_view argument = arguments[i];
    if (!argument.starts_with("-") || argument == "-" || argument == "--") {
      line.problems.push_back(fmt::format("{}: not a flag", argument));
      continue;
    }
    argument.remove_prefix(argument.starts_with("--") ? 2 : 1);
    const auto equals = argument.find('=');
    const auto name = argument.substr(0, equals);
    const bool bare = equals == std::string_view::npos;
    if (bare && (take_own_switch(name, line) || take_setting_switch(name, table, line))) continue;
    if (bare && i + 1 >= arguments.size()) {
      line.problems.push_back(fmt::format("--{}: needs a value", name));
      continue;
    }
    const std::string value{bare ? std::string_view{arguments[++i]} : argument.substr(equals + 1)};
    if (name == "config") {
      line.config_file = value;
    } else if (name == "reference") {
      line.reference = value;
      if (value != "markdown" && value != "man")
        line.problems.push_back(fmt::format("--reference: '{}' is neither markdown nor man", value));
    } else {
      line.flags.emplace_back(name, value);
    }
  }
  return line;
}

std::string help_text(std::string_view usage, const OptionTable& table) {
  std::string text{usage};
  for (const auto& doc : table.docs()) {
    text += fmt::format("\n  {}=VALUE\n      {}\n      key {}, environment {}, default {}\n", doc.flag,
                        doc.help, doc.key, doc.environment, doc.initial.empty() ? "(empty)" : doc.initial);
  }
  return text;
}

Result<ConfigSources> gather_sources(const CommandLine& line, const char* const* environment) {
  ConfigSources sources{{}, line.config_file, {}, line.flags};
  if (!line.config_file.empty()) {
    auto content = read_file(line.config_file, 1 << 20);
    if (!content) return content.error().within("reading the configuration");
    sources.file_text = content->empty() ? "{}" : std::move(*content);
  }
  for (; *environment != nullptr; ++environment) {
    const std::string_view entry{*environment};
    const auto equals = entry.find('=');
    if (equals != std::string_view::npos)
      sources.environment.emplace(entry.substr(0, equals), entry.substr(equals + 1));
  }
  return sources;
}

}  // namespace hakoban
