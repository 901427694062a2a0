#include "agent/agent.h"
#include "agent/agent_config.h"
#include "platform/log.h"
#include "platform/program.h"

int main(int count, char** arguments, char** environment) {
  using namespace hakoban;
  const auto variables = process_environment();
  auto config = default_agent_config(variables);
  auto table = agent_options(config, variables);
  const ProgramInfo info{"hakoban-agent", HAKOBAN_VERSION,
                         "leaves in time, loses no log line, measures every container of an ECS host."};
  return run_program(
      info, table, {arguments + 1, arguments + count}, environment, [&](const ProgramRun& run) {
        const auto ended = run_agent({config, variables, HAKOBAN_VERSION, run.dry_run}, run.stop);
        if (!ended) log::error("cannot run", {{"error", ended.error()}});
        return ended ? 0 : 1;
      });
}
