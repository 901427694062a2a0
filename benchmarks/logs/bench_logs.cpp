// The two ends of the log benchmark: writes logs as Docker's json-file driver does, and counts what arrived.
//   bench_logs write ROOT CONTAINERS BYTES RATE MAX_SIZE MAX_FILE LONG_EVERY [LINES_FILE]
//   bench_logs count OBJECTS LINES_FILE PARSE_EVERY
// Each line carries its container and its number; LINES_FILE has how many each container wrote.
#include <cstdio>
#include <cstring>
#include <exception>
#include <string>
#include <vector>

#include "benchmarks/logs/counter.h"
#include "benchmarks/logs/writer.h"

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  try {
    if (!arguments.empty() && arguments[0] == "write" && arguments.size() >= 8)
      return hakoban::bench::write_logs({arguments.begin() + 1, arguments.end()});
    if (!arguments.empty() && arguments[0] == "count" && arguments.size() == 4)
      return hakoban::bench::count_logs(arguments[1], arguments[2], std::stoi(arguments[3]));
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "bench_logs: %s\n", failure.what());
    return 1;
  }
  std::fputs(
      "usage: bench_logs write ROOT CONTAINERS BYTES RATE MAX_SIZE MAX_FILE LONG_EVERY [LINES_FILE]\n"
      "       bench_logs count OBJECTS LINES_FILE PARSE_EVERY\n",
      stderr);
  return 2;
}
