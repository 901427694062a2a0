#include "coordinator/lease.h"

#include <gtest/gtest.h>

#include "tests/fakes/fake_clock.h"
#include "tests/fakes/registry_values.h"

namespace hakoban {
namespace {

// A record that several leases share.
class MemoryStore final : public LeaseStore {
 public:
  Result<std::optional<LeaseRecord>> read(const std::stop_token&) override {
    if (broken) return Error{Errc::unavailable, "broken"};
    return record;
  }
  Result<std::string> write(const std::string& holder, const std::optional<std::string>& expected,
                            const std::stop_token&) override {
    if (before_write) before_write();
    if (broken) return Error{Errc::unavailable, "broken"};
    const auto version = record ? std::optional{record->version} : std::nullopt;
    if (version != expected) return Error{Errc::exists, "changed"};
    record = LeaseRecord{holder, std::to_string(++writes)};
    if (loses_answers) return Error{Errc::timeout, "no answer"};
    return record->version;
  }
  std::string name() const override { return "memory"; }

  std::optional<LeaseRecord> record;
  int writes = 0;
  bool broken = false;
  bool loses_answers = false;
  std::function<void()> before_write;
};

struct LeaseTest : ::testing::Test {
  MemoryStore store;
  FakeClock clock;
  prometheus::Registry registry;
  Lease first{&store, clock, registry, {"first", 15s}};
  Lease second{&store, clock, registry, {"second", 15s}};

  void keep_for(Lease& lease, Duration time) {
    for (const SteadyPoint end = clock.steady() + time; clock.steady() < end;) clock.advance(lease.keep({}));
  }
};

TEST_F(LeaseTest, the_first_takes_it_and_the_second_stands_by) {
  EXPECT_FALSE(first.held());
  EXPECT_TRUE(first.while_held().stop_requested()) << "nothing is done before it is held";
  first.keep({});
  second.keep({});
  EXPECT_TRUE(first.held());
  EXPECT_FALSE(first.while_held().stop_requested());
  EXPECT_FALSE(second.held());
  EXPECT_EQ(second.holder(), "first");
}

TEST_F(LeaseTest, a_living_holder_keeps_it_for_ever) {
  first.keep({});
  for (int i = 0; i < 100; ++i) {
    clock.advance(3s);
    first.keep({});
    second.keep({});
    ASSERT_TRUE(first.held());
    ASSERT_FALSE(second.held());
  }
}

TEST_F(LeaseTest, a_dead_holder_is_followed_after_the_duration_and_never_earlier) {
  first.keep({});
  const SteadyPoint died = clock.steady();
  while (!second.held()) {
    second.keep({});
    EXPECT_FALSE(first.held() && second.held());
    if (!second.held()) clock.advance(1s);
  }
  EXPECT_GE(clock.steady() - died, 15s);
  EXPECT_FALSE(first.held());
  first.keep({});
  EXPECT_TRUE(first.while_held().stop_requested()) << "it comes back and sees that it is no longer its";
}

TEST_F(LeaseTest, what_is_being_done_is_broken_off_before_an_heir_may_begin) {
  first.keep({});
  const auto acting = first.while_held();
  const SteadyPoint last = clock.steady();
  store.before_write = [&] { clock.advance(3s); };  // each write takes its whole time-out, and fails
  store.broken = true;
  while (!acting.stop_requested()) clock.advance(first.keep({}));
  EXPECT_LE(clock.steady() - last, 10s + 500ms);
  EXPECT_FALSE(first.held());
  EXPECT_EQ(value_in(registry, "hakoban_lease_losses_total"), 1);
}

TEST_F(LeaseTest, is_not_lost_to_one_failure) {
  first.keep({});
  clock.advance(3s);
  store.broken = true;
  const Duration wait = first.keep({});
  EXPECT_EQ(wait, 500ms) << "tried again soon";
  store.broken = false;
  clock.advance(wait);
  first.keep({});
  EXPECT_TRUE(first.held());
  EXPECT_FALSE(first.while_held().stop_requested());
}

TEST_F(LeaseTest, a_record_that_another_wrote_is_lost_at_once) {
  first.keep({});
  const auto acting = first.while_held();
  store.record = LeaseRecord{"somebody", "x"};
  clock.advance(3s);
  first.keep({});
  EXPECT_TRUE(acting.stop_requested());
}

TEST_F(LeaseTest, a_write_whose_answer_was_lost_is_found_to_be_its_own) {
  store.loses_answers = true;
  first.keep({});
  EXPECT_FALSE(first.held());
  store.loses_answers = false;
  first.keep({});
  EXPECT_TRUE(first.held());
}

TEST_F(LeaseTest, who_stops_lets_an_heir_begin_at_once) {
  first.keep({});
  first.release();
  EXPECT_FALSE(first.held());
  second.keep({});
  EXPECT_TRUE(second.held());
}

TEST_F(LeaseTest, without_a_store_it_is_always_held) {
  Lease alone{nullptr, clock, registry, {"alone", 15s}};
  clock.advance(24h);
  EXPECT_TRUE(alone.held());
  EXPECT_FALSE(alone.while_held().stop_requested());
  EXPECT_EQ(alone.holder(), "alone");
}

}  // namespace
}  // namespace hakoban
