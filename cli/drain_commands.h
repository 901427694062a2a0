// hakoban drain, undrain, status: the local API of handlers/drain/drain_api.h from the other side.
#pragma once

#include "cli/cli.h"

namespace hakoban {

inline constexpr std::string_view kAgentSocket = "/run/hakoban/agent.sock";

[[nodiscard]] int run_drain(const CliContext& context, const CliArguments& arguments);
[[nodiscard]] int run_undrain(const CliContext& context, const CliArguments& arguments);
[[nodiscard]] int run_status(const CliContext& context, const CliArguments& arguments);

}  // namespace hakoban
