#include "core/result.h"

#include <stdexcept>

#include <gtest/gtest.h>

namespace hakoban {
namespace {

TEST(Error, tells_its_context_from_the_outside_in) {
  const Error error{Errc::timeout, "no answer in 2s"};
  EXPECT_EQ(error.within("spot notice").within("polling IMDS"),
            (Error{Errc::timeout, "polling IMDS: spot notice: no answer in 2s"}));
}

TEST(Error, only_what_may_pass_is_transient) {
  for (const auto code : {Errc::timeout, Errc::unavailable, Errc::throttled})
    EXPECT_TRUE((Error{code, ""}.transient()));
  for (const auto code :
       {Errc::not_found, Errc::denied, Errc::malformed, Errc::invalid, Errc::exists, Errc::cancelled})
    EXPECT_FALSE((Error{code, ""}.transient()));
}

TEST(Result, value_of_a_failure_is_a_broken_invariant) {
  const Result<int> failed = Error{Errc::denied, "no"};
  EXPECT_THROW((void)failed.value(), std::logic_error);
}

}  // namespace
}  // namespace hakoban
