#include "platform/config/reference.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hakoban {
namespace {

using testing::HasSubstr;

class Reference : public testing::Test {
 protected:
  Reference() {
    table_.text("state", state_, "Folder | of state.");
    table_.duration("logs.max_age", age_, 1s, 1h, "Age of the oldest record.");
    table_.choice("logs.codec", codec_, {"gzip", "zstd"}, ".gz or .zst.");
  }

  std::string state_ = "/a-b";
  Duration age_ = 1min;
  std::string codec_ = "gzip";
  OptionTable table_;
  const ReferenceSubject subject_{"hakoban-x", "1.2.3", "does x.", "  --help"};
};

TEST_F(Reference, markdown_has_a_table_a_group_and_keeps_bars_out_of_its_cells) {
  const auto page = markdown_reference(subject_, table_);
  EXPECT_THAT(page, HasSubstr("## general\n"));
  EXPECT_THAT(page, HasSubstr("| `--state` | `HAKOBAN_STATE` | `/a-b` | Folder \\| of state. |"));
  EXPECT_THAT(page, HasSubstr("## logs\n"));
  EXPECT_THAT(page,
              HasSubstr("| `--logs.max-age` | `HAKOBAN_LOGS_MAX_AGE` | `1m` | Age of the oldest record. |"));
}

TEST_F(Reference, man_page_guards_hyphens_and_leading_dots) {
  const auto page = man_page(subject_, table_);
  EXPECT_THAT(page, HasSubstr(".TH HAKOBAN-X 8 \"\" \"hakoban-x 1.2.3\""));
  EXPECT_THAT(page, HasSubstr("\\fB\\-\\-logs.max\\-age\\fR=\\fIVALUE\\fR\nAge of the oldest record.\n"));
  EXPECT_THAT(page, HasSubstr("\n\\&.gz or .zst."));
  EXPECT_THAT(page, HasSubstr("default /a\\-b.\n"));
}

}  // namespace
}  // namespace hakoban
