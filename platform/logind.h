// systemd-logind, as much of it as delays a shutdown of the host. Source: org.freedesktop.login1(5) and
// "Inhibitor Locks" of systemd's documentation.
#pragma once

#include <memory>
#include <optional>
#include <stop_token>

#include "core/result.h"
#include "core/time.h"

namespace hakoban {

class Logind {
 public:
  virtual ~Logind() = default;

  // Takes a delay lock on shutdown (again, if it was let go) and returns how long logind waits for it at
  // most. Errors: unavailable (no system bus, no logind), denied.
  [[nodiscard]] virtual Result<Duration> hold() = 0;

  // Waits at most `patience` for logind's word: true, a shutdown has begun and waits for the lock; false, it
  // is called off. Nothing: none came. Errors: unavailable, the bus is gone, and the lock with it.
  [[nodiscard]] virtual Result<std::optional<bool>> wait(Duration patience, const std::stop_token& stop) = 0;

  // Lets the lock go: the shutdown proceeds.
  virtual void release() = 0;
};

// Over the system bus (DBUS_SYSTEM_BUS_ADDRESS is obeyed). For one thread.
class LogindBus final : public Logind {
 public:
  LogindBus();
  ~LogindBus() override;

  [[nodiscard]] Result<Duration> hold() override;
  [[nodiscard]] Result<std::optional<bool>> wait(Duration patience, const std::stop_token& stop) override;
  void release() override;

 private:
  class Bus;
  std::unique_ptr<Bus> bus_;
};

}  // namespace hakoban
