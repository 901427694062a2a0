// The environment variables, as a lookup that is handed in: tests hand in a map, main the process's own.
#pragma once

#include <functional>
#include <optional>
#include <string>

namespace hakoban {

// Nothing for a variable that is not set. Must be callable from any thread.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

// The process's own. Read-only: nothing in the program calls setenv.
[[nodiscard]] Environment process_environment();

}  // namespace hakoban
