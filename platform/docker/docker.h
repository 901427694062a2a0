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

  // Ids of all containers, stopped ones too. Errors: unavailable (no engine, or restarting), denied (socket),
  // malformed.
  [[nodiscard]] virtual Result<std::vector<std::string>> list(const std::stop_token& stop) = 0;

  // Errors as list(), and not_found when it has been removed meanwhile.
  [[nodiscard]] virtual Result<ContainerView> inspect(const std::string& id, const std::stop_token& stop) = 0;

  // Calls `connected` once when the stream stands (list again then: events before it were missed), and `sink`
  // for each event, until the engine ends the stream (unavailable) or stop (cancelled): it never returns a
  // success.
  [[nodiscard]] virtual Error watch(const std::function<void()>& connected,
                                    const std::function<void(const DockerEvent&)>& sink,
                                    const std::stop_token& stop) = 0;

  // SIGTERM (or the image's stop signal), then SIGKILL after `patience`; returns when it has ended. One that
  // is gone or stopped already is a success.
  [[nodiscard]] virtual Result<void> stop_container(const std::string& id, Duration patience,
                                                    const std::stop_token& stop) = 0;
};

}  // namespace hakoban
