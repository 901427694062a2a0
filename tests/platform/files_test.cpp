#include "platform/files.h"

#include <filesystem>

#include <gtest/gtest.h>

namespace hakoban {
namespace {

class Files : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = ::testing::TempDir() + "hakoban-files-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path folder_;
};

TEST_F(Files, replaces_whole_files_and_makes_their_folders) {
  const auto path = folder_ / "deep" / "down" / "cursor.json";
  ASSERT_TRUE(replace_file(path, "one"));
  ASSERT_TRUE(replace_file(path, "two"));
  EXPECT_EQ(*read_file(path), "two");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator{path.parent_path()}, {}), 1)
      << "nothing is left beside it";
}

TEST_F(Files, replaces_whole_files_without_waiting_for_the_disk) {
  const auto path = folder_ / "journal" / "drain.json";
  ASSERT_TRUE(replace_file(path, "one", 0600, Lasting::past_process));
  ASSERT_TRUE(replace_file(path, "two", 0600, Lasting::past_process));
  EXPECT_EQ(*read_file(path), "two");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator{path.parent_path()}, {}), 1);
  EXPECT_FALSE(replace_file("/dev/full/x", "x", 0600, Lasting::past_process));
}

TEST_F(Files, tells_missing_files_from_large_ones) {
  EXPECT_EQ(read_file(folder_ / "none").error().code, Errc::not_found);
  ASSERT_TRUE(replace_file(folder_ / "large", std::string(100, 'x')));
  EXPECT_EQ(read_file(folder_ / "large", 99).error().code, Errc::invalid);
  EXPECT_EQ(read_file(folder_ / "large", 100)->size(), 100U);
}

TEST_F(Files, a_full_disk_leaves_the_old_content) {
  EXPECT_FALSE(replace_file("/dev/full/x", "x"));
  EXPECT_TRUE(remove_file(folder_ / "none")) << "one that is not there counts as removed";
}

}  // namespace
}  // namespace hakoban
