#include "core/logs/object_key.h"

#include <fmt/format.h>

namespace hakoban {
namespace {

constexpr std::string_view kHost = "_host";
constexpr std::size_t kLongestPart = 255;
constexpr std::size_t kFullId = 64;
constexpr std::size_t kShortId = 12;

bool stays(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view{"-_.=+@"}.find(c) != std::string_view::npos;
}

// A container's id is long and random: its front tells it apart. Another name stands whole.
std::string short_id(std::string_view id) {
  const bool random =
      id.size() == kFullId && id.find_first_not_of("0123456789abcdef") == std::string_view::npos;
  return random ? std::string{id.substr(0, kShortId)} : key_part(id);
}

std::string_view container_name(const ContainerView& container) {
  return container.ecs_name.empty() ? container.name : container.ecs_name;
}

}  // namespace

std::string key_part(std::string_view text) {
  std::string part{text.substr(0, kLongestPart)};
  for (char& c : part) {
    if (!stays(c)) c = '_';
  }
  if (part.empty()) part = "_";
  if (part.front() == '.') part.front() = '_';
  return part;
}

LogPlace host_place(const ContainerView& container) {
  return {fmt::format("{}/{}", kHost, key_part(container.name)), ""};
}

std::optional<LogPlace> task_place(const TaskView& task, const ContainerView& container, bool at_once) {
  if (task.kind == TaskKind::unknown && !at_once) return std::nullopt;
  auto service = key_part(task.service.empty() ? task.family : task.service);
  if (service == kHost) service += '_';
  return LogPlace{fmt::format("{}/{}", service, key_part(container_name(container))), key_part(task.id)};
}

std::string object_key(const LogPlace& place, const ObjectName& name) {
  const auto task = place.task_id.empty() ? "" : place.task_id + "/";
  return fmt::format("{}/dt={}/{}{}-{}-{:012}{}", place.folder, name.date, task, short_id(name.log_id),
                     name.generation, name.start, name.extension);
}

}  // namespace hakoban
