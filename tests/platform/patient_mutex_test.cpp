#include "platform/patient_mutex.h"

#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace hakoban {
namespace {

TEST(PatientMutex, is_given_up_when_another_thread_keeps_it) {
  PatientMutex mutex;
  const PatientLock ours{mutex, 0s};
  ASSERT_TRUE(ours);
  std::thread{[&] {
    EXPECT_FALSE((PatientLock{mutex, 0s}));
    EXPECT_FALSE((PatientLock{mutex, 5ms}));
  }}.join();
}

TEST(PatientMutex, is_had_by_who_waits_once_it_is_let_go) {
  PatientMutex mutex;
  int guarded = 0;
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int turn = 0; turn < 200; ++turn) {
        const PatientLock lock{mutex, 1min};
        ASSERT_TRUE(lock);
        ++guarded;
      }
    });
  }
  threads.clear();
  EXPECT_EQ(guarded, 800);
}

}  // namespace
}  // namespace hakoban
