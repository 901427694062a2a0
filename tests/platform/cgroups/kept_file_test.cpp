#include "platform/cgroups/kept_file.h"

#include <gtest/gtest.h>

#include "tests/fakes/file_tree.h"

namespace hakoban {
namespace {

using testing_tools::FileTree;

TEST(KeptFile, ReadsWhatIsThereNow) {
  const FileTree tree;
  tree.write("usage", "1\n");
  DescriptorBudget budget{1};
  KeptFile file{(tree.root() / "usage").string(), budget};
  std::string buffer;
  EXPECT_EQ(file.read(buffer).value(), "1\n");
  EXPECT_EQ(budget.used(), 1U);
  tree.write("usage", "1234\n");
  EXPECT_EQ(file.read(buffer).value(), "1234\n");
  tree.write("usage", "");
  EXPECT_EQ(file.read(buffer).value(), "");
}

TEST(KeptFile, ReadsLongFilesWhole) {
  const FileTree tree;
  const std::string longer(100'000, 'x');
  tree.write("long", longer);
  DescriptorBudget budget{1};
  KeptFile file{(tree.root() / "long").string(), budget};
  std::string buffer;
  EXPECT_EQ(file.read(buffer).value(), longer);
  EXPECT_EQ(file.read(buffer).value(), longer);
}

TEST(KeptFile, WithoutBudgetReadsTheSameAndKeepsNothing) {
  const FileTree tree;
  tree.write("a", "a");
  tree.write("b", "b");
  DescriptorBudget budget{1};
  KeptFile kept{(tree.root() / "a").string(), budget};
  KeptFile opened{(tree.root() / "b").string(), budget};
  std::string buffer;
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(kept.read(buffer).value(), "a");
    EXPECT_EQ(opened.read(buffer).value(), "b");
    EXPECT_EQ(budget.used(), 1U);
  }
}

TEST(KeptFile, GivesItsDescriptorBack) {
  const FileTree tree;
  tree.write("a", "a");
  DescriptorBudget budget{2};
  std::string buffer;
  {
    KeptFile file{(tree.root() / "a").string(), budget};
    EXPECT_TRUE(file.read(buffer));
    KeptFile moved{std::move(file)};
    EXPECT_EQ(budget.used(), 1U);
    KeptFile other{(tree.root() / "a").string(), budget};
    EXPECT_TRUE(other.read(buffer));
    EXPECT_EQ(budget.used(), 2U);
    moved = std::move(other);
    EXPECT_EQ(budget.used(), 1U);
    EXPECT_EQ(moved.read(buffer).value(), "a");
  }
  EXPECT_EQ(budget.used(), 0U);
}

TEST(KeptFile, WhatIsNotThereIsNotFound) {
  DescriptorBudget budget{1};
  KeptFile file{"/nowhere/at/all", budget};
  std::string buffer;
  const auto read = file.read(buffer);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, Errc::not_found);
  EXPECT_NE(read.error().what.find("/nowhere/at/all"), std::string::npos);
}

TEST(KeptFile, WhatCannotBeReadIsAnErrorAndKeepsNothing) {
  const FileTree tree;
  DescriptorBudget budget{1};
  KeptFile file{tree.root().string(), budget};  // a folder opens, but gives EISDIR
  std::string buffer;
  const auto read = file.read(buffer);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, Errc::unavailable);
  EXPECT_EQ(budget.used(), 0U);
}

TEST(DescriptorBudget, LeavesRoomForEverythingElse) {
  EXPECT_LT(DescriptorBudget::limit_of_this_process(), std::size_t{1} << 20);
}

}  // namespace
}  // namespace hakoban
