#include "platform/random.h"

#include <random>

namespace hakoban {

Random system_random() {
  return [] {
    thread_local std::minstd_rand engine{std::random_device{}()};
    return std::uniform_real_distribution<double>{0.0, 1.0}(engine);
  };
}

}  // namespace hakoban
