// Chance, handed in, so that jitter can be tested.
#pragma once

#include <functional>

namespace hakoban {

// Evenly from [0, 1). Must be callable from any thread.
using Random = std::function<double()>;

[[nodiscard]] Random system_random();

}  // namespace hakoban
