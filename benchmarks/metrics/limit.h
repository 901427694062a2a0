// The least that any reader of these files can cost: pread on kept descriptors, and nothing done with what
// was read.
#pragma once

namespace hakoban::bench {

// Takes paths from standard input, one a line; reads each once a round. Prints "FILES MICROSECONDS BYTES":
// how many could be read, CPU time of one round (the median of `rounds`), bytes read in it.
int run_limit(int rounds);

}  // namespace hakoban::bench
