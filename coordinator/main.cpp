#include <string_view>

#include "coordinator/coordinator.h"
#include "coordinator/replay.h"
#include "platform/log.h"
#include "platform/program.h"

int main(int count, char** arguments, char** environment) {
  using namespace hakoban;
  if (count > 1 && std::string_view{arguments[1]} == "replay")
    return run_replay({arguments + 2, arguments + count});
  const auto variables = process_environment();
  auto config = default_coordinator_config(variables);
  auto table = coordinator_options(config);
  const ProgramInfo info{"hakoban-coordinator", HAKOBAN_VERSION,
                         "sizes the fleet of one ECS cluster, and says why."};
  return run_program(
      info, table, {arguments + 1, arguments + count}, environment, [&](const ProgramRun& run) {
        const auto ended = run_coordinator({config, variables, HAKOBAN_VERSION, run.dry_run}, run.stop);
        if (!ended) log::error("cannot run", {{"error", ended.error()}});
        return ended ? 0 : 1;
      });
}
