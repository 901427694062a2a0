// A mutex that is waited for for a while at most. Not std::timed_mutex: GCC 12's ThreadSanitizer does not see
// the wait of that (pthread_mutex_clocklock), and so would see races where there are none.
#pragma once

#include <condition_variable>
#include <mutex>

#include "core/time.h"

namespace hakoban {

class PatientMutex {
 public:
  // False: another thread had it all the time.
  [[nodiscard]] bool lock_within(Duration patience) {
    std::unique_lock lock{mutex_};
    if (held_ && (patience <= Duration{0} || !free_.wait_for(lock, patience, [&] { return !held_; })))
      return false;
    return held_ = true;
  }

  void unlock() {
    const std::lock_guard lock{mutex_};
    held_ = false;
    free_.notify_one();
  }

 private:
  std::mutex mutex_;
  std::condition_variable free_;
  bool held_ = false;
};

// Holds it until the end of the scope, if it could be had.
class PatientLock {
 public:
  PatientLock(PatientMutex& mutex, Duration patience) : mutex_(mutex), has_(mutex.lock_within(patience)) {}
  ~PatientLock() {
    if (has_) mutex_.unlock();
  }
  PatientLock(const PatientLock&) = delete;
  PatientLock& operator=(const PatientLock&) = delete;

  [[nodiscard]] explicit operator bool() const { return has_; }

 private:
  PatientMutex& mutex_;
  const bool has_;
};

}  // namespace hakoban
