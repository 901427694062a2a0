// Where an object of log records lies in the store:
//   {service}/{container}/dt={YYYY-MM-DD}/{task id}/{container id, 12}-{generation}-{start}.ndjson.gz
// and outside ECS _host/{name}/dt={YYYY-MM-DD}/{container id, 12}-… . Made of what the records are and not of
// when they were shipped: the same range always gets the same key.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/host/host_view.h"

namespace hakoban {

// Decided once for each container.
struct LogPlace {
  std::string folder;   // "service/container", "family/container", "_host/name"; each part safe in a key
  std::string task_id;  // "" outside ECS

  bool operator==(const LogPlace&) const = default;
};

// One part of a key: letters, digits and "-_.=+@" stay, all else and a dot at its start becomes '_'. Never
// empty, at most 255 bytes.
[[nodiscard]] std::string key_part(std::string_view text);

// Of a container outside ECS.
[[nodiscard]] LogPlace host_place(const ContainerView& container);

// Of a container of a task. Nothing while ECS has not told whether a service runs the task; `at_once` lets
// the family stand for the service then, as it does for batch tasks.
[[nodiscard]] std::optional<LogPlace> task_place(const TaskView& task, const ContainerView& container,
                                                 bool at_once);

struct ObjectName {
  std::string_view log_id;      // core/logs/log_roster.h
  std::string_view generation;  // core/logs/generation.h
  std::uint64_t start = 0;      // of the range, in the file
  std::string_view date;        // "2026-11-23"
  std::string_view extension;   // ".ndjson.gz"
};

[[nodiscard]] std::string object_key(const LogPlace& place, const ObjectName& name);

}  // namespace hakoban
