#include "platform/http/http_sd.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace hakoban {

HttpReply http_sd_reply(const std::vector<ScrapeTargets>& groups) {
  auto list = nlohmann::json::array();
  for (const auto& group : groups) {
    auto labels = nlohmann::json::object();
    for (const auto& [name, value] : group.labels) {
      if (!value.empty()) labels[name] = value;
    }
    list.push_back({{"targets", group.targets}, {"labels", std::move(labels)}});
  }
  return {.content_type = "application/json",
          .body = list.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + '\n'};
}

std::string scrape_address(const std::string& host, std::uint16_t port) {
  const bool bare_ipv6 = host.find(':') != std::string::npos && !host.starts_with('[');
  return bare_ipv6 ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
}

}  // namespace hakoban
