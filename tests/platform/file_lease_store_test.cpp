#include "platform/file_lease_store.h"

#include <gtest/gtest.h>

#include "platform/files.h"
#include "tests/fakes/file_tree.h"

namespace hakoban {
namespace {

struct FileLease : ::testing::Test {
  testing_tools::FileTree tree;
  FileLeaseStore store{tree.root() / "lease.json"};
};

TEST_F(FileLease, is_written_by_one_and_then_only_by_who_knows_its_version) {
  EXPECT_FALSE(store.read({}).value());
  const auto first = store.write("a", std::nullopt, {});
  ASSERT_TRUE(first) << first.error().what;
  EXPECT_EQ(store.write("b", std::nullopt, {}).error().code, Errc::exists);
  EXPECT_EQ(store.read({}).value(), (LeaseRecord{"a", *first}));
  const auto second = store.write("b", *first, {});
  ASSERT_TRUE(second);
  EXPECT_NE(*second, *first);
  EXPECT_EQ(store.write("a", *first, {}).error().code, Errc::exists);
}

TEST_F(FileLease, a_file_of_another_kind_is_not_overwritten) {
  ASSERT_TRUE(replace_file(tree.root() / "lease.json", "hello"));
  EXPECT_EQ(store.read({}).error().code, Errc::malformed);
  EXPECT_EQ(store.write("a", std::nullopt, {}).error().code, Errc::malformed);
}

TEST(FileLeaseElsewhere, says_which_file_it_cannot_have) {
  FileLeaseStore store{"/proc/nothing/here/lease.json"};
  const auto written = store.write("a", std::nullopt, {});
  ASSERT_FALSE(written);
  EXPECT_NE(written.error().what.find("/proc/nothing"), std::string::npos);
}

}  // namespace
}  // namespace hakoban
