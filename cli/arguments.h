// Flags of a sub-command: "--name value", "--name=value" and "--switch".
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>

#include "cli/cli.h"
#include "core/result.h"

namespace hakoban {

struct CliFlags {
  std::map<std::string, std::string, std::less<>> values;
  std::set<std::string, std::less<>> switches;

  // "" when it was not given.
  [[nodiscard]] std::string value(std::string_view name) const;
};

// Errors: invalid, for a flag that is not known, one without its value, and words that are no flags.
[[nodiscard]] Result<CliFlags> read_flags(const CliArguments& arguments,
                                          const std::set<std::string>& with_value,
                                          const std::set<std::string>& switches);

}  // namespace hakoban
