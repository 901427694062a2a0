#include "core/host/task_name.h"

namespace hakoban {

std::string_view task_id_of(std::string_view task_arn) {
  return task_arn.substr(task_arn.rfind('/') + 1);
}

std::string_view cluster_of_task_arn(std::string_view task_arn) {
  const auto id = task_arn.rfind('/');
  if (id == std::string_view::npos) return {};
  const auto before_id = task_arn.substr(0, id);
  const auto cluster = before_id.rfind('/');
  return cluster == std::string_view::npos ? std::string_view{} : before_id.substr(cluster + 1);
}

std::string_view cluster_name(std::string_view name_or_arn) {
  return name_or_arn.substr(name_or_arn.rfind('/') + 1);
}

std::string_view service_of_group(std::string_view group) {
  constexpr std::string_view kPrefix = "service:";
  return group.starts_with(kPrefix) ? group.substr(kPrefix.size()) : std::string_view{};
}

bool is_pause_container(std::string_view container_name, std::string_view ecs_name) {
  // "~internal~ecs~pause", and with Service Connect on a bridge "~internal~ecs~pause-<container>". Docker's
  // name has only the letters of it: "ecs-web-3-internalecspause-<20 hex>".
  if (!ecs_name.empty()) return ecs_name.starts_with("~internal~ecs~pause");
  return container_name.starts_with("ecs-") &&
         container_name.find("-internalecspause") != std::string_view::npos;
}

}  // namespace hakoban
