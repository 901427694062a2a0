#include "collectors/metrics/read_crew.h"

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <pthread.h>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

namespace hakoban {

namespace {

constexpr std::size_t kNobody = SIZE_MAX;
constexpr std::size_t kWorthTwo = 32;  // so few cgroups are read before a second thread has woken up

}  // namespace

struct ReadCrew::State {
  std::mutex mutex;  // guards all below
  std::condition_variable round_begins;
  std::condition_variable round_ends;
  std::vector<std::shared_ptr<UsageReader>> readers;
  std::vector<std::optional<UsageReport>> reports;
  SteadyPoint now;
  std::size_t next = 0;  // of readers; those before it are read, left out or being read
  // The threads at work, by their number, and the reader that each is at, or kNobody. Only they write
  // reports.
  std::map<int, std::size_t> hands;
  int last_number = 0;
  int left_behind = 0;
  bool closing = false;

  [[nodiscard]] bool done() const {
    return next == readers.size() &&
           std::all_of(hands.begin(), hands.end(), [](const auto& hand) { return hand.second == kNobody; });
  }

  // Those that are where they were: they hang.
  void leave_behind(const std::map<int, std::size_t>& before) {
    left_behind += static_cast<int>(std::erase_if(hands, [&](const auto& hand) {
      const auto was = before.find(hand.first);
      return hand.second != kNobody && was != before.end() && was->second == hand.second;
    }));
  }
};

ReadCrew::ReadCrew(ReadCrewConfig config) : config_(config), state_(std::make_shared<State>()) {}

ReadCrew::~ReadCrew() {
  const std::lock_guard lock{state_->mutex};
  state_->closing = true;
  state_->round_begins.notify_all();
}

// Threads are detached: one that hangs in the kernel cannot be joined. Each holds the state.
void ReadCrew::hire() {
  auto& state = *state_;
  while (state.hands.size() < config_.threads && state.left_behind < config_.most_left_behind) {
    const int number = ++state.last_number;
    try {
      std::thread{[shared = state_, number] { work(shared, number); }}.detach();
    } catch (const std::system_error&) {
      return;  // the host has no thread to give: those that are there go on, and the next round tries again
    }
    state.hands[number] = kNobody;  // it cannot look before: we hold the mutex
  }
}

void ReadCrew::work(const std::shared_ptr<State>& shared, int number) {
  ::pthread_setname_np(::pthread_self(), "cgroups");
  auto& state = *shared;
  std::string buffer;
  std::unique_lock lock{state.mutex};
  for (;;) {
    state.round_begins.wait(lock, [&] { return state.closing || state.next < state.readers.size(); });
    if (state.closing) return;
    while (state.next < state.readers.size()) {
      const auto mine = state.next++;
      const auto reader = state.readers[mine];
      const auto now = state.now;
      state.hands[number] = mine;
      lock.unlock();
      auto report = reader->read(buffer, now, 0ns);
      lock.lock();
      const auto hand = state.hands.find(number);
      if (hand == state.hands.end()) {  // left behind
        --state.left_behind;
        return;
      }
      hand->second = kNobody;
      state.reports[mine] = std::move(report);
    }
    if (state.done()) state.round_ends.notify_all();
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
  hire();
  if (readers.size() < kWorthTwo)
    state.round_begins.notify_one();
  else
    state.round_begins.notify_all();
  while (!state.hands.empty() && !state.done()) {
    const auto before = state.hands;
    if (state.round_ends.wait_for(lock, config_.patience, [&] { return state.done(); })) break;
    state.leave_behind(before);
    hire();
  }
  state.readers.clear();
  return std::exchange(state.reports, {});
}

}  // namespace hakoban
