// LogindBus against a real message bus (dbus-daemon) on which a small logind of the test's own answers.
#include "platform/logind.h"

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <poll.h>
#include <string>
#include <thread>
#include <unistd.h>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <systemd/sd-bus.h>

namespace hakoban {
namespace {

constexpr const char* kPath = "/org/freedesktop/login1";
constexpr const char* kManager = "org.freedesktop.login1.Manager";

// A bus of its own, with a policy that allows everything.
class Bus {
 public:
  explicit Bus(const std::string& name)
      : folder_(std::filesystem::path{testing::TempDir()} /
                fmt::format("hakoban-bus-{}-{}", name, getpid())) {
    std::filesystem::create_directories(folder_);
    const std::string config = folder_ / "bus.conf";
    std::FILE* file = std::fopen(config.c_str(), "w");
    fmt::print(
        file,
        "<busconfig><type>system</type><listen>unix:path={}</listen><policy context=\"default\">"
        "<allow send_destination=\"*\" eavesdrop=\"true\"/><allow eavesdrop=\"true\"/><allow own=\"*\"/>"
        "<allow user=\"*\"/></policy></busconfig>",
        (folder_ / "socket").string());
    std::fclose(file);
    const std::string command = fmt::format("dbus-daemon --config-file={} --fork --print-pid=1", config);
    std::FILE* output = popen(command.c_str(), "r");
    if (std::fscanf(output, "%d", &pid_) != 1) pid_ = 0;
    pclose(output);
  }
  ~Bus() {
    if (pid_ > 0) kill(pid_, SIGTERM);
    std::error_code failure;  // the daemon takes its socket away by itself meanwhile
    std::filesystem::remove_all(folder_, failure);
  }
  Bus(const Bus&) = delete;
  Bus& operator=(const Bus&) = delete;

  [[nodiscard]] bool runs() const { return pid_ > 0; }
  [[nodiscard]] std::string address() const { return "unix:path=" + (folder_ / "socket").string(); }

 private:
  std::filesystem::path folder_;
  int pid_ = 0;
};

// Hands out a pipe's end as the lock: the other end tells when it was let go.
class SmallLogind {
 public:
  explicit SmallLogind(const std::string& address) {
    sd_bus_new(&bus_);
    sd_bus_set_address(bus_, address.c_str());
    sd_bus_set_bus_client(bus_, 1);
    started_ = sd_bus_start(bus_) >= 0 &&
               sd_bus_add_object_vtable(bus_, nullptr, kPath, kManager, kTable, this) >= 0 &&
               sd_bus_request_name(bus_, "org.freedesktop.login1", 0) >= 0;
    thread_ = std::jthread{[this](const std::stop_token& stop) { serve(stop); }};
  }
  ~SmallLogind() {
    thread_.request_stop();
    thread_.join();
    if (pipe_[0] >= 0) close(pipe_[0]);
    sd_bus_flush_close_unref(bus_);
  }
  SmallLogind(const SmallLogind&) = delete;
  SmallLogind& operator=(const SmallLogind&) = delete;

  [[nodiscard]] bool started() const { return started_; }
  void say(bool begins) { word_ = begins ? 1 : 0; }
  // Whether the lock is let go within a while.
  [[nodiscard]] bool lock_let_go() const {
    pollfd end{pipe_[0], POLLIN, 0};
    return poll(&end, 1, 5000) == 1 && (end.revents & POLLHUP) != 0;
  }
  [[nodiscard]] bool lock_held() const {
    pollfd end{pipe_[0], POLLIN, 0};
    return pipe_[0] >= 0 && poll(&end, 1, 0) == 0;
  }
  std::string mode;  // as asked for: what, who, mode

 private:
  static int inhibit(sd_bus_message* call, void* self, sd_bus_error* /*error*/) {
    auto& logind = *static_cast<SmallLogind*>(self);
    const char* what = nullptr;
    const char* who = nullptr;
    const char* why = nullptr;
    const char* mode = nullptr;
    sd_bus_message_read(call, "ssss", &what, &who, &why, &mode);
    logind.mode = fmt::format("{} {} {}", what, who, mode);
    if (logind.pipe_[0] >= 0) close(logind.pipe_[0]);
    if (pipe(logind.pipe_.data()) != 0) return -EIO;
    const int result = sd_bus_reply_method_return(call, "h", logind.pipe_[1]);
    close(logind.pipe_[1]);
    return result;
  }

  static int delay(sd_bus* /*bus*/, const char* /*path*/, const char* /*interface*/, const char* /*property*/,
                   sd_bus_message* reply, void* /*self*/, sd_bus_error* /*error*/) {
    return sd_bus_message_append(reply, "t", std::uint64_t{90'000'000});
  }

  void serve(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      while (sd_bus_process(bus_, nullptr) > 0) {
      }
      if (const int word = word_.exchange(-1); word >= 0)
        sd_bus_emit_signal(bus_, kPath, kManager, "PrepareForShutdown", "b", word);
      sd_bus_wait(bus_, 10'000);
    }
  }

  static const sd_bus_vtable kTable[];
  sd_bus* bus_ = nullptr;
  bool started_ = false;
  std::array<int, 2> pipe_{-1, -1};
  std::atomic<int> word_{-1};
  std::jthread thread_;
};

const sd_bus_vtable SmallLogind::kTable[] = {
    SD_BUS_VTABLE_START(0),
    SD_BUS_METHOD("Inhibit", "ssss", "h", SmallLogind::inhibit, SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_PROPERTY("InhibitDelayMaxUSec", "t", SmallLogind::delay, 0, 0),
    SD_BUS_SIGNAL("PrepareForShutdown", "b", 0), SD_BUS_VTABLE_END};

TEST(LogindBus, takes_a_delay_lock_hears_of_a_shutdown_and_lets_it_go) {
  const Bus bus{"lock"};
  ASSERT_TRUE(bus.runs()) << "dbus-daemon is needed: apt-get install dbus";
  setenv("DBUS_SYSTEM_BUS_ADDRESS", bus.address().c_str(), 1);
  SmallLogind logind{bus.address()};
  ASSERT_TRUE(logind.started());
  LogindBus ours;
  const auto held = ours.hold();
  ASSERT_TRUE(held) << held.error().what;
  EXPECT_EQ(*held, 90s);
  EXPECT_EQ(logind.mode, "shutdown hakoban-agent delay");
  EXPECT_TRUE(logind.lock_held());
  EXPECT_FALSE(ours.wait(0s, {}).value());
  logind.say(true);
  EXPECT_EQ(ours.wait(10s, {}).value(), std::optional{true});
  EXPECT_TRUE(logind.lock_held()) << "until the host is drained";
  ours.release();
  EXPECT_TRUE(logind.lock_let_go());
  logind.say(false);
  EXPECT_EQ(ours.wait(10s, {}).value(), std::optional{false});
  ASSERT_TRUE(ours.hold());
  EXPECT_TRUE(logind.lock_held());
}

TEST(LogindBus, says_that_there_is_no_bus_or_no_logind) {
  setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/no/such/socket", 1);
  LogindBus nowhere;
  EXPECT_EQ(nowhere.hold().error().code, Errc::unavailable);
  EXPECT_EQ(nowhere.wait(0s, {}).error().code, Errc::unavailable);
  nowhere.release();
  const Bus bus{"empty"};
  ASSERT_TRUE(bus.runs()) << "dbus-daemon is needed: apt-get install dbus";
  setenv("DBUS_SYSTEM_BUS_ADDRESS", bus.address().c_str(), 1);
  LogindBus alone;
  EXPECT_EQ(alone.hold().error().code, Errc::unavailable);
}

}  // namespace
}  // namespace hakoban
