#include <malloc.h>

#include "agent/agent.h"
#include "agent/agent_config.h"
#include "platform/log.h"
#include "platform/program.h"

namespace {

// A page of metrics has megabytes for some milliseconds: large blocks go back to the kernel, and the many
// threads, of which each does little, share two arenas.
void keep_memory_small() {
  ::mallopt(M_MMAP_THRESHOLD, 1 << 20);
  ::mallopt(M_TRIM_THRESHOLD, 1 << 20);
  ::mallopt(M_ARENA_MAX, 2);
}

}  // namespace

int main(int count, char** arguments, char** environment) {
  using namespace hakoban;
  keep_memory_small();
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
