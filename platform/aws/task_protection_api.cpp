#include "platform/aws/task_protection_api.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "platform/aws/ecs_answers.h"
#include "platform/json_fields.h"

namespace hakoban {
namespace {

constexpr std::size_t kTasksAtOnce = 100;

}  // namespace

Result<std::vector<std::string>> TaskProtectionApi::protected_among(const std::string& cluster,
                                                                    std::span<const std::string> tasks,
                                                                    const std::stop_token& stop) {
  std::vector<std::string> spared;
  for (std::size_t begin = 0; begin < tasks.size(); begin += kTasksAtOnce) {
    const auto batch = tasks.subspan(begin, std::min(kTasksAtOnce, tasks.size() - begin));
    const nlohmann::json body{{"cluster", cluster},
                              {"tasks", std::vector<std::string>{batch.begin(), batch.end()}}};
    const auto answer =
        aws_.call_json(AwsService::ecs, fmt::format("{}GetTaskProtection", kEcsTarget), body, policy_, stop);
    if (!answer) return answer.error();
    for (const auto& task : list_of(*answer, "protectedTasks")) {
      if (bool_of(task, "protectionEnabled").value_or(false)) spared.push_back(text_of(task, "taskArn"));
    }
  }
  return spared;
}

}  // namespace hakoban
