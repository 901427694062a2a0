// What a fuzz target holds to be true.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace hakoban {

// A false one ends the run; the place is the caller's in the sanitizer's trace.
inline void require(bool holds) {
  if (holds) return;
  std::fputs("a property does not hold\n", stderr);
  std::abort();
}

}  // namespace hakoban
