// With the kernel's own inotify: events are queued before the call that made them returns, so nothing waits.
#include "platform/inotify_watch.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

namespace hakoban {
namespace {

class Watched : public ::testing::Test {
 protected:
  Watched() {
    std::string pattern = (std::filesystem::temp_directory_path() / "hakoban-watch-XXXXXX").string();
    folder = ::mkdtemp(pattern.data());
  }
  ~Watched() override { std::filesystem::remove_all(folder); }

  void make(const std::string& name) { std::ofstream{folder / name} << "x"; }

  std::filesystem::path folder;
  InotifyWatch watch{".log"};
};

TEST_F(Watched, counts_how_often_a_file_was_born) {
  make("a.log");
  ASSERT_TRUE(watch.add(folder));
  EXPECT_EQ(watch.births(folder / "a.log"), 0U) << "before it was watched";
  for (int i = 0; i < 3; ++i) {
    std::filesystem::remove(folder / "a.log");
    make("a.log");
  }
  std::filesystem::rename(folder / "a.log", folder / "b.log");
  make("a.log");
  EXPECT_EQ(watch.births(folder / "a.log"), 4U);
  EXPECT_EQ(watch.births(folder / "b.log"), 1U);
  EXPECT_EQ(watch.births(folder / "else" / "a.log"), 0U) << "not watched";
}

TEST_F(Watched, a_birth_that_was_counted_still_ends_the_next_wait) {
  ASSERT_TRUE(watch.add(folder));
  EXPECT_FALSE(watch.wait(0s, {}));
  make("a.log");
  EXPECT_EQ(watch.births(folder / "a.log"), 1U);
  EXPECT_TRUE(watch.wait(0s, {}));
  EXPECT_FALSE(watch.wait(0s, {}));
}

TEST_F(Watched, other_names_end_no_wait) {
  ASSERT_TRUE(watch.add(folder));
  make("a.log.1");
  EXPECT_FALSE(watch.wait(0s, {}));
  make("a.log");
  EXPECT_TRUE(watch.wait(0s, {}));
}

TEST_F(Watched, a_folder_that_is_deleted_is_forgotten) {
  const auto inner = folder / "inner";
  std::filesystem::create_directory(inner);
  ASSERT_TRUE(watch.add(inner));
  std::ofstream{inner / "a.log"} << "x";
  std::filesystem::remove_all(inner);
  EXPECT_EQ(watch.births(inner / "a.log"), 0U);
  EXPECT_EQ(watch.add(inner).error().code, Errc::not_found);
}

}  // namespace
}  // namespace hakoban
