#include "platform/watchdog.h"

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <semaphore>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>

#include <gtest/gtest.h>

#include "platform/pulse.h"

namespace hakoban {
namespace {

// The service manager's end of sd_notify: a datagram socket that NOTIFY_SOCKET names (sd_notify(3)).
class ServiceManager {
 public:
  ServiceManager() : socket_(::socket(AF_UNIX, SOCK_DGRAM, 0)) {
    const std::string name = "hakoban-watchdog-test-" + std::to_string(::getpid());
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path + 1, name.data(), name.size());  // abstract: leaves no file
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
    ::bind(socket_, reinterpret_cast<const sockaddr*>(&address), length);
    ::setenv("NOTIFY_SOCKET", ("@" + name).c_str(), 1);
  }
  ~ServiceManager() {
    ::close(socket_);
    ::unsetenv("NOTIFY_SOCKET");
    ::unsetenv("WATCHDOG_USEC");
  }
  ServiceManager(const ServiceManager&) = delete;
  ServiceManager& operator=(const ServiceManager&) = delete;

  void expect_within(Duration interval) {
    ::setenv("WATCHDOG_USEC", std::to_string(interval / std::chrono::microseconds{1}).c_str(), 1);
  }

  // Nothing when no message comes within `patience`.
  std::string next(std::chrono::milliseconds patience) {
    timeval limit{patience.count() / 1000, (patience.count() % 1000) * 1000};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    char message[64];
    const auto size = ::recv(socket_, message, sizeof message, 0);
    return size > 0 ? std::string(message, static_cast<std::size_t>(size)) : "";
  }

 private:
  int socket_;
};

class Watchdog : public testing::Test {
 protected:
  void start(Duration longest_step) {
    watcher_ = std::jthread{[this, longest_step](const std::stop_token& stop) {
      watch_until_stopped(clock_, stop, longest_step);
    }};
  }

  SystemClock clock_;
  ServiceManager manager_;
  std::jthread watcher_;
};

TEST_F(Watchdog, is_fed_again_and_again_while_all_make_progress) {
  manager_.expect_within(20ms);
  start(1h);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(manager_.next(10s), "WATCHDOG=1");
}

TEST_F(Watchdog, goes_hungry_while_a_component_is_stuck_and_is_fed_when_it_moves_on) {
  manager_.expect_within(20ms);
  std::binary_semaphore stuck{0};
  std::binary_semaphore move_on{0};
  std::jthread component{[&] {
    const WatchedThread watched{"frozen"};
    stuck.release();
    move_on.acquire();
  }};
  stuck.acquire();
  start(Duration{0});
  EXPECT_EQ(manager_.next(300ms), "");
  move_on.release();
  EXPECT_EQ(manager_.next(10s), "WATCHDOG=1");
}

TEST_F(Watchdog, is_not_fed_when_nobody_asked_for_one) {
  start(1h);
  EXPECT_EQ(manager_.next(100ms), "");
}

}  // namespace
}  // namespace hakoban
