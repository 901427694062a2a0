#include "collectors/spool/spool_places.h"

#include <algorithm>
#include <optional>

#include "core/metrics/ecs_labels.h"

namespace hakoban {
namespace {

constexpr std::string_view kUnit = "unit.";
constexpr std::string_view kTag = "tag.";

struct Found {
  const ContainerView* container = nullptr;
  const TaskView* task = nullptr;
};

Found find_container(const HostView& view, std::string_view id) {
  const auto in = [&](const std::vector<ContainerView>& containers) -> const ContainerView* {
    const auto at =
        std::find_if(containers.begin(), containers.end(), [&](const auto& each) { return each.id == id; });
    return at == containers.end() ? nullptr : &*at;
  };
  for (const auto& task : view.tasks) {
    if (const auto* container = in(task.containers)) return {container, &task};
  }
  return {in(view.other_containers), nullptr};
}

void place_container(FollowedLog& log, const HostView& view) {
  log.place_if_unknown = {"_host/" + log.id.substr(0, 12), ""};
  const auto found = find_container(view, log.id);
  if (found.container == nullptr) {
    log.ended = view.containers_known;
    return;
  }
  const auto& container = *found.container;
  log.place = found.task == nullptr ? host_place(container) : task_place(*found.task, container, false);
  log.place_if_unknown =
      found.task == nullptr ? host_place(container) : *task_place(*found.task, container, true);
  log.labels = container_labels(container, found.task, "", {});
  log.ended = has_ended(container.state);
}

}  // namespace

std::string unit_log_id(std::string_view unit) {
  return std::string{kUnit} + key_part(unit);
}

std::string tag_log_id(std::string_view tag) {
  return std::string{kTag} + key_part(tag);
}

bool keeps_for_ever(std::string_view id) {
  return id.starts_with(kUnit);
}

FollowedLog spooled_log(const std::string& id, std::string path, const HostView& view,
                        const std::string& host_name) {
  FollowedLog log;
  log.id = id;
  log.path = std::move(path);
  log.below_rootfs = false;
  if (id.starts_with(kUnit)) {
    const auto unit = id.substr(kUnit.size());
    const auto& host = view.ec2.instance_id;
    if (!host.empty()) log.place = LogPlace{"_host/" + key_part(host) + "/" + unit, ""};
    log.place_if_unknown = {"_host/" + key_part(host_name) + "/" + unit, ""};
  } else if (id.starts_with(kTag)) {
    log.place = LogPlace{"_forward/" + id.substr(kTag.size()), ""};
    log.place_if_unknown = *log.place;
  } else {
    place_container(log, view);
  }
  return log;
}

}  // namespace hakoban
