#include "platform/ecs_agent_config.h"

#include <algorithm>

#include <boost/algorithm/string/predicate.hpp>
#include <boost/algorithm/string/trim.hpp>

#include "platform/files.h"

namespace hakoban {

EcsAgentConfig parse_ecs_agent_config(std::string_view text) {
  EcsAgentConfig config;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    std::string line{text.substr(0, end)};
    text.remove_prefix(std::min(end + 1, text.size()));
    boost::algorithm::trim(line);
    const auto equals = line.find('=');
    if (line.empty() || line.front() == '#' || equals == std::string::npos) continue;
    std::string name = boost::algorithm::trim_copy(line.substr(0, equals));
    std::string value = boost::algorithm::trim_copy(line.substr(equals + 1));
    const bool quoted =
        value.size() >= 2 && value.front() == value.back() && (value.front() == '"' || value.front() == '\'');
    if (quoted) value = value.substr(1, value.size() - 2);
    config.insert_or_assign(std::move(name), std::move(value));
  }
  return config;
}

EcsAgentConfig read_ecs_agent_config(const std::filesystem::path& file) {
  const auto text = read_file(file);
  return text ? parse_ecs_agent_config(*text) : EcsAgentConfig{};
}

// The agent is Go: strconv.ParseBool.
bool drains_on_spot_notice(const EcsAgentConfig& config) {
  const auto found = config.find("ECS_ENABLE_SPOT_INSTANCE_DRAINING");
  if (found == config.end()) return false;
  return boost::algorithm::iequals(found->second, "true") || boost::algorithm::iequals(found->second, "t") ||
         found->second == "1";
}

}  // namespace hakoban
