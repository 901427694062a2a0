// hakoban logs TASK_ID: prints what a task said, found by its id alone.
#pragma once

#include "cli/cli.h"

namespace hakoban {

[[nodiscard]] int run_logs(const CliContext& context, const CliArguments& arguments);

}  // namespace hakoban
