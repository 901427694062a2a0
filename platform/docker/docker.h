// The Docker engine, as much of its API as a keeper of containers needs. Source: Docker Engine API v1.41 (and
// newer).
#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "core/host/host_view.h"
#include "core/result.h"
#include "core/time.h"

namespace hakoban {

// One line of GET /events for type=container.
struct DockerEvent {
  std::string action;  // "create", "start", "die", "oom", "destroy", …
  std::string container_id;
  TimePoint at;
};

class Docker {
 public:
  virtual ~Docker() = default;

  // All containers, stopped ones too, as far as a list tells: id, name, image, labels, state. Errors:
  // unavailable (no engine, or restarting), denied (socket), malformed.
  [[nodiscard]] virtual Result<std::vector<ContainerView>> list(const std::stop_token& stop) = 0;

  // All that a ContainerView holds but what comes from ECS. Errors as list(), and not_found when it has been
  // removed meanwhile.
  [[nodiscard]] virtual Result<ContainerView> inspect(const std::string& id, const std::stop_token& stop) = 0;

  // Calls `connected` once when the stream stands (list then: events before it were missed, none after it
  // will be), and `sink` for each event that changes a container, some perhaps from just before `connected`;
  // until the engine ends the stream (unavailable) or stop (cancelled): it never returns a success. Both are
  // called on the caller's thread.
  [[nodiscard]] virtual Error watch(const std::function<void()>& connected,
                                    const std::function<void(const DockerEvent&)>& sink,
                                    const std::stop_token& stop) = 0;

  // SIGTERM (or the image's stop signal), then SIGKILL after `patience`; returns when it has ended. One that
  // is gone or stopped already is a success.
  [[nodiscard]] virtual Result<void> stop_container(const std::string& id, Duration patience,
                                                    const std::stop_token& stop) = 0;

  // Sends a signal by its name ("SIGUSR1"). One that is gone or stopped already is a success. Errors:
  // invalid, a signal that the engine does not know.
  [[nodiscard]] virtual Result<void> signal_container(const std::string& id, const std::string& signal,
                                                      const std::stop_token& stop) = 0;
};

}  // namespace hakoban
