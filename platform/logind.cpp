#include "platform/logind.h"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fcntl.h>
#include <string>
#include <string_view>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>
#include <systemd/sd-bus.h>

#include "platform/pulse.h"

namespace hakoban {

namespace {

constexpr const char* kService = "org.freedesktop.login1";
constexpr const char* kPath = "/org/freedesktop/login1";
constexpr const char* kManager = "org.freedesktop.login1.Manager";
constexpr Duration kSlice = 200ms;  // how late a stop is taken up

Error failure(std::string_view what, int result, const sd_bus_error* error = nullptr) {
  const bool told = error != nullptr && error->message != nullptr;
  const int code = result < 0 ? -result : 0;
  const bool denied = code == EACCES || code == EPERM;
  return {denied ? Errc::denied : Errc::unavailable,
          fmt::format("logind: {}: {}", what, told ? error->message : std::strerror(code))};
}

}  // namespace

class LogindBus::Bus {
 public:
  Bus() = default;
  Bus(const Bus&) = delete;
  Bus& operator=(const Bus&) = delete;
  ~Bus() {
    release();
    sd_bus_slot_unref(slot_);
    sd_bus_flush_close_unref(bus_);
  }

  Result<void> open() {
    if (const int result = sd_bus_open_system(&bus_); result < 0) return failure("no system bus", result);
    const int result =
        sd_bus_match_signal(bus_, &slot_, kService, kPath, kManager, "PrepareForShutdown", heard, this);
    if (result < 0) return failure("cannot listen for shutdowns", result);
    return {};
  }

  Result<Duration> hold() {
    if (lock_ < 0) {
      if (auto taken = take_lock(); !taken) return taken.error();
    }
    sd_bus_error error = SD_BUS_ERROR_NULL;
    std::uint64_t microseconds = 0;
    const int result = sd_bus_get_property_trivial(bus_, kService, kPath, kManager, "InhibitDelayMaxUSec",
                                                   &error, 't', &microseconds);
    const Error failed = failure("cannot read InhibitDelayMaxUSec", result, &error);
    sd_bus_error_free(&error);
    if (result < 0) return failed;
    return Duration{std::chrono::microseconds{std::min<std::uint64_t>(microseconds, 3'600'000'000U)}};
  }

  Result<std::optional<bool>> wait(Duration patience, const std::stop_token& stop) {
    for (Duration left = patience; !stop.stop_requested(); left -= kSlice) {
      int result = 1;
      while (result > 0) result = sd_bus_process(bus_, nullptr);
      if (result < 0) return failure("the bus is gone", result);
      if (word_) return std::exchange(word_, std::nullopt);
      if (left <= Duration{0}) break;
      const Idle idle;
      const auto slice = std::chrono::duration_cast<std::chrono::microseconds>(std::min(left, kSlice));
      result = sd_bus_wait(bus_, static_cast<std::uint64_t>(slice.count()));
      if (result < 0 && result != -EINTR) return failure("the bus is gone", result);
    }
    return std::optional<bool>{};
  }

  void release() {
    if (lock_ >= 0) close(lock_);
    lock_ = -1;
  }

 private:
  Result<void> take_lock() {
    sd_bus_error error = SD_BUS_ERROR_NULL;
    sd_bus_message* reply = nullptr;
    int result = sd_bus_call_method(bus_, kService, kPath, kManager, "Inhibit", &error, &reply, "ssss",
                                    "shutdown", "hakoban-agent", "drains the container instance", "delay");
    int descriptor = -1;
    if (result >= 0) result = sd_bus_message_read(reply, "h", &descriptor);
    // The message owns its descriptor.
    if (result >= 0) lock_ = fcntl(descriptor, F_DUPFD_CLOEXEC, 3);
    const Error failed = failure("cannot take an inhibitor lock", result, &error);
    sd_bus_message_unref(reply);
    sd_bus_error_free(&error);
    if (result < 0 || lock_ < 0) return failed;
    return {};
  }

  static int heard(sd_bus_message* message, void* self, sd_bus_error* /*error*/) {
    int begins = 0;
    if (sd_bus_message_read(message, "b", &begins) >= 0) static_cast<Bus*>(self)->word_ = begins != 0;
    return 0;
  }

  sd_bus* bus_ = nullptr;
  sd_bus_slot* slot_ = nullptr;
  int lock_ = -1;
  std::optional<bool> word_;
};

LogindBus::LogindBus() = default;
LogindBus::~LogindBus() = default;

Result<Duration> LogindBus::hold() {
  if (!bus_) {
    auto bus = std::make_unique<Bus>();
    if (auto opened = bus->open(); !opened) return opened.error();
    bus_ = std::move(bus);
  }
  auto held = bus_->hold();
  if (!held) bus_.reset();
  return held;
}

Result<std::optional<bool>> LogindBus::wait(Duration patience, const std::stop_token& stop) {
  if (!bus_) return Error{Errc::unavailable, "logind: no bus"};
  auto word = bus_->wait(patience, stop);
  if (!word) bus_.reset();
  return word;
}

void LogindBus::release() {
  if (bus_) bus_->release();
}

}  // namespace hakoban
