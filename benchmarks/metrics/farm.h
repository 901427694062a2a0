// Cgroups with processes in them, without a Docker engine: thousands of containers as far as the kernel and a
// metrics agent can tell.
#pragma once

#include <string>

namespace hakoban::bench {

// Makes `count` cgroups below `parent` in every hierarchy, each with a process in a network namespace of its
// own. Prints "ID PID" for each and then "ready"; takes all of it down when standard input ends. Needs root.
int run_farm(const std::string& parent, int count);

}  // namespace hakoban::bench
