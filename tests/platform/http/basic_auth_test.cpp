#include "platform/http/basic_auth.h"

#include <crypt.h>
#include <string>

#include <gtest/gtest.h>

namespace hakoban {
namespace {

using Answer = PasswordCheck::Answer;

// Of "open sesame", as htpasswd writes it, at the least cost.
constexpr const char* kHash = "$2y$04$JYW9cE/oeBGvIj3iu9JhN.l2BodHZ2kUmzMyEfW2OhXHyez06Q/j.";
const std::map<std::string, std::string> kUsers{{"ali", kHash}};

TEST(BasicAuth, ReadsTheHeaderOfRfc7617) {
  const auto login = parse_basic_auth("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
  ASSERT_TRUE(login);
  EXPECT_EQ(login->user, "Aladdin");
  EXPECT_EQ(login->password, "open sesame");
  EXPECT_EQ(parse_basic_auth("bAsIc YTpiOmM=")->password, "b:c");
  EXPECT_EQ(parse_basic_auth("Basic Og==")->user, "");
}

TEST(BasicAuth, RefusesOtherHeaders) {
  for (const char* header :
       {"", "Basic", "Basic ", "Bearer abc", "Basic ????", "Basic YWJj", "Basic YTp", "Basic=YTpi"})
    EXPECT_FALSE(parse_basic_auth(header)) << header;
}

TEST(BasicAuth, KnowsABcryptHash) {
  for (const char kind : {'a', 'b', 'y'}) {
    std::string hash{kHash};
    hash[2] = kind;
    EXPECT_TRUE(is_bcrypt_hash(hash)) << hash;
  }
  for (const std::string wrong : {"", "open sesame", "$2y$04$short", "$1$abc$def",
                                  "$2y$99$JYW9cE/oeBGvIj3iu9JhN.l2BodHZ2kUmzMyEfW2OhXHyez06Q/j.",
                                  "$2y$4a$JYW9cE/oeBGvIj3iu9JhN.l2BodHZ2kUmzMyEfW2OhXHyez06Q/j.",
                                  "$2x$04$JYW9cE/oeBGvIj3iu9JhN.l2BodHZ2kUmzMyEfW2OhXHyez06Q/j.",
                                  "$2y$04$JYW9cE/oeBGvIj3iu9JhN.l2BodHZ2kUmzMyEfW2OhXHyez06Q/j!"})
    EXPECT_FALSE(is_bcrypt_hash(wrong)) << wrong;
}

TEST(BasicAuth, LetsInWhoKnowsThePasswordAndNobodyElse) {
  PasswordCheck check;
  for (int round = 0; round < 2; ++round) {  // computed, then remembered
    EXPECT_EQ(check.check(kUsers, {"ali", "open sesame"}), Answer::right);
    EXPECT_EQ(check.check(kUsers, {"ali", "open"}), Answer::wrong);
    EXPECT_EQ(check.check(kUsers, {"ali", ""}), Answer::wrong);
    EXPECT_EQ(check.check(kUsers, {"", "open sesame"}), Answer::wrong);
    EXPECT_EQ(check.check(kUsers, {"ali", std::string("open sesame\0x", 13)}), Answer::wrong);
  }
}

TEST(BasicAuth, ForgetsNothingWrong) {
  PasswordCheck check;
  EXPECT_EQ(check.check(kUsers, {"ali", "open sesame"}), Answer::right);
  // The user is gone, or has another password: what is remembered is of no use.
  EXPECT_EQ(check.check({{"bo", kHash}}, {"ali", "open sesame"}), Answer::wrong);
  std::string other{kHash};
  other.back() = 'u';
  EXPECT_EQ(check.check({{"ali", other}}, {"ali", "open sesame"}), Answer::wrong);
}

TEST(BasicAuth, ManyGuessesDoNotPushOutWhoBelongsHere) {
  PasswordCheck check;
  EXPECT_EQ(check.check(kUsers, {"ali", "open sesame"}), Answer::right);
  for (int i = 0; i < 300; ++i) EXPECT_EQ(check.check(kUsers, {"ali", std::to_string(i)}), Answer::wrong);
  EXPECT_EQ(check.check(kUsers, {"ali", "open sesame"}), Answer::right);
}

}  // namespace
}  // namespace hakoban
