#include "cli/arguments.h"

#include <fmt/format.h>

namespace hakoban {

std::string CliFlags::value(std::string_view name) const {
  const auto found = values.find(name);
  return found == values.end() ? "" : found->second;
}

Result<CliFlags> read_flags(const CliArguments& arguments, const std::set<std::string>& with_value,
                            const std::set<std::string>& switches) {
  CliFlags flags;
  for (auto argument = arguments.begin(); argument != arguments.end(); ++argument) {
    if (!argument->starts_with("--")) return Error{Errc::invalid, fmt::format("'{}': not a flag", *argument)};
    const auto equals = argument->find('=');
    const std::string name = argument->substr(2, equals == std::string::npos ? equals : equals - 2);
    if (switches.contains(name) && equals == std::string::npos) {
      flags.switches.insert(name);
    } else if (!with_value.contains(name)) {
      return Error{Errc::invalid, fmt::format("--{}: no such flag here", name)};
    } else if (equals != std::string::npos) {
      flags.values[name] = argument->substr(equals + 1);
    } else if (++argument == arguments.end()) {
      return Error{Errc::invalid, fmt::format("--{}: its value is missing", name)};
    } else {
      flags.values[name] = *argument;
    }
  }
  return flags;
}

}  // namespace hakoban
