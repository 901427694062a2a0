// Whole pages compared with what stands in tests/golden. After a wanted change, run the test with
// HAKOBAN_UPDATE_GOLDEN=1 and read the difference before it is committed.
#pragma once

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

namespace hakoban::testing_tools {

// `name`: "metrics/v1.prom".
inline void expect_golden(const std::string& name, const std::string& page) {
  const auto path = std::string{HAKOBAN_TESTS "/golden/"} + name;
  if (std::getenv("HAKOBAN_UPDATE_GOLDEN")) {
    std::ofstream{path} << page;
    return;
  }
  std::ostringstream golden;
  golden << std::ifstream{path}.rdbuf();
  EXPECT_EQ(golden.str(), page) << "differs from tests/golden/" << name
                                << "; when that is wanted, run with HAKOBAN_UPDATE_GOLDEN=1";
}

}  // namespace hakoban::testing_tools
