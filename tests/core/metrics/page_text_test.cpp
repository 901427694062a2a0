#include "core/metrics/page_text.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hakoban {
namespace {

using testing::ElementsAre;

class KeptBlocks final : public BlockOutlet {
 public:
  explicit KeptBlocks(std::size_t capacity) : capacity_(capacity) {}
  void pass_on(TextBlock block) override { texts.emplace_back(block.text()); }
  [[nodiscard]] TextBlock take() override { return make_text_block(capacity_); }

  std::vector<std::string> texts;

 private:
  const std::size_t capacity_;
};

TEST(PageText, WithoutAnOutletKeepsAll) {
  PageText page;
  std::string all;
  for (int i = 0; i < 2000; ++i) {
    const auto line = "line " + std::to_string(i) + '\n';
    page.append(line);
    all += line;
  }
  EXPECT_EQ(page.text(), all);
  page.flush();
  EXPECT_EQ(page.text(), all);
}

TEST(PageText, HandsOnBlocksThatEndWhereAnAppendEnded) {
  KeptBlocks blocks{10};
  PageText page{blocks};
  page.append("1234\n");
  page.append("678\n");
  page.append("ab\n");
  EXPECT_THAT(blocks.texts, ElementsAre("1234\n678\n"));
  page.flush();
  EXPECT_THAT(blocks.texts, ElementsAre("1234\n678\n", "ab\n"));
}

TEST(PageText, WhatIsLongerThanABlockIsABlockOfItsOwn) {
  KeptBlocks blocks{4};
  PageText page{blocks};
  page.append("a\n");
  page.append("longer than that\n");
  page.append("b\n");
  page.flush();
  EXPECT_THAT(blocks.texts, ElementsAre("a\n", "longer than that\n", "b\n"));
}

TEST(PageText, RoomIsNoTextUntilItIsToldOf) {
  PageText page;
  char* const at = page.room(5);
  at[0] = 'x';
  EXPECT_EQ(page.text(), "");
  page.wrote(at + 1);
  EXPECT_EQ(page.text(), "x");
}

TEST(PageText, NothingAtAllIsNoBlock) {
  KeptBlocks blocks{4};
  PageText page{blocks};
  page.append("");
  page.flush();
  EXPECT_THAT(blocks.texts, ElementsAre());
}

}  // namespace
}  // namespace hakoban
