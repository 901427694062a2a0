#include "collectors/metrics/read_crew.h"

#include <condition_variable>
#include <mutex>
#include <pthread.h>
#include <string>
#include <thread>
#include <utility>

namespace hakoban {

struct ReadCrew::State {
  std::mutex mutex;  // guards all below
  std::condition_variable round_begins;
  std::condition_variable round_ends;
  std::vector<std::shared_ptr<UsageReader>> readers;
  std::vector<std::optional<UsageReport>> reports;
  SteadyPoint now;
  std::size_t next = 0;  // of readers; those before it are read, left out or being read
  bool reading = false;  // the thread in charge is at reader next-1
  bool staffed = false;  // there is a thread in charge
  int in_charge = 0;     // its number: only it writes reports
  int left_behind = 0;
  bool closing = false;
};

ReadCrew::ReadCrew(ReadCrewConfig config) : config_(config), state_(std::make_shared<State>()) {}

ReadCrew::~ReadCrew() {
  const std::lock_guard lock{state_->mutex};
  state_->closing = true;
  state_->round_begins.notify_all();
}

// With none that hangs it only puts one in charge. Threads are detached: one that hangs in the kernel cannot
// be joined. Each holds the state.
void ReadCrew::replace_the_one_that_hangs() {
  auto& state = *state_;
  if (state.staffed) {
    ++state.left_behind;
    state.reading = false;
  }
  ++state.in_charge;
  state.staffed = state.left_behind < config_.most_left_behind;
  if (state.staffed)
    std::thread{[shared = state_, number = state.in_charge] { work(shared, number); }}.detach();
}

void ReadCrew::work(const std::shared_ptr<State>& shared, int number) {
  ::pthread_setname_np(::pthread_self(), "cgroups");
  auto& state = *shared;
  std::string buffer;
  std::unique_lock lock{state.mutex};
  for (;;) {
    state.round_begins.wait(lock, [&] {
      return state.closing || state.in_charge != number || state.next < state.readers.size();
    });
    if (state.closing || state.in_charge != number) return;
    while (state.next < state.readers.size()) {
      const auto mine = state.next++;
      const auto reader = state.readers[mine];
      const auto now = state.now;
      state.reading = true;
      lock.unlock();
      auto report = reader->read(buffer, now, 0ns);
      lock.lock();
      if (state.in_charge != number) {
        --state.left_behind;
        return;
      }
      state.reading = false;
      state.reports[mine] = std::move(report);
    }
    state.round_ends.notify_all();
  }
}

std::vector<std::optional<UsageReport>> ReadCrew::read(
    const std::vector<std::shared_ptr<UsageReader>>& readers, SteadyPoint now) {
  auto& state = *state_;
  std::unique_lock lock{state.mutex};
  state.readers = readers;
  state.reports.assign(readers.size(), std::nullopt);
  state.now = now;
  state.next = 0;
  if (!state.staffed) replace_the_one_that_hangs();
  state.round_begins.notify_all();
  const auto done = [&] { return state.next == state.readers.size() && !state.reading; };
  while (state.staffed && !done()) {
    const auto before = state.next;
    if (state.round_ends.wait_for(lock, config_.patience, done) || state.next != before) continue;
    replace_the_one_that_hangs();
  }
  state.readers.clear();
  return std::exchange(state.reports, {});
}

}  // namespace hakoban
