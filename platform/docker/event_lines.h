// Reads Docker's event stream: one JSON object a line, in pieces that end anywhere.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "platform/docker/docker.h"

namespace hakoban {

// The actions after which a container is different. exec_* and health_status come every few seconds for each
// container with a health check and change nothing here.
[[nodiscard]] bool changes_container(std::string_view action);

// {"filters"} of GET /events that lets only those through, as JSON.
[[nodiscard]] std::string event_filters();

// Nothing: not an event of a container, or one that changes nothing.
[[nodiscard]] std::optional<DockerEvent> read_event(std::string_view line);

// Puts lines together from pieces. A line longer than `limit_bytes` is skipped.
class EventLines {
 public:
  explicit EventLines(std::function<void(const DockerEvent&)> sink, std::size_t limit_bytes = 1 << 20);

  void add(std::string_view piece);

 private:
  void end_line();

  const std::function<void(const DockerEvent&)> sink_;
  const std::size_t limit_bytes_;
  std::string line_;
  bool too_long_ = false;
};

}  // namespace hakoban
