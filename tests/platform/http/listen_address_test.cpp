#include "platform/http/listen_address.h"

#include <gtest/gtest.h>

namespace hakoban {
namespace {

struct Good {
  const char* text;
  ListenAddress address;
};

class ReadsAddress : public testing::TestWithParam<Good> {};

TEST_P(ReadsAddress, AndWritesItBack) {
  const auto read = parse_listen_address(GetParam().text);
  ASSERT_TRUE(read) << read.error().what;
  EXPECT_EQ(*read, GetParam().address);
  EXPECT_EQ(parse_listen_address(to_string(*read)).value(), *read);
}

INSTANTIATE_TEST_SUITE_P(ListenAddress, ReadsAddress,
                         testing::Values(Good{":9420", {"", 9420, ""}}, Good{":0", {"", 0, ""}},
                                         Good{"127.0.0.1:80", {"127.0.0.1", 80, ""}},
                                         Good{"localhost:80", {"127.0.0.1", 80, ""}},
                                         Good{"0.0.0.0:65535", {"0.0.0.0", 65535, ""}},
                                         Good{"[::1]:9420", {"::1", 9420, ""}},
                                         Good{"unix:/run/h.sock", {"", 0, "/run/h.sock"}}));

class RefusesAddress : public testing::TestWithParam<const char*> {};

TEST_P(RefusesAddress, WithAReason) {
  const auto read = parse_listen_address(GetParam());
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, Errc::invalid);
  EXPECT_NE(read.error().what.find(GetParam()), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(ListenAddress, RefusesAddress,
                         testing::Values("9420", "127.0.0.1", ":", ":http", ":65536", ":-1", "[]:80",
                                         "::1:80", "[127.0.0.1]:80", "example.com:80", "unix:", ":80x",
                                         "999.0.0.1:80"));

}  // namespace
}  // namespace hakoban
