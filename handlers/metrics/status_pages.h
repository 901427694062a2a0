// The pages beside the metrics: "/" for people, /healthz for watchdogs.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "platform/http/http_server.h"

namespace hakoban {

struct ComponentHealth {
  std::string name;
  bool healthy = false;
  std::string detail;  // why not, or since when; for people

  bool operator==(const ComponentHealth&) const = default;
};

struct Health {
  std::vector<ComponentHealth> components;

  [[nodiscard]] bool healthy() const;
};

struct PageLink {
  std::string path;
  std::string title;
};

// Name, version and links, as a small HTML page.
[[nodiscard]] HttpHandler landing_page(const std::string& program, const std::string& version,
                                       const std::vector<PageLink>& links);

// 200 when all components are healthy, else 503. Either way JSON:
// {"healthy":true,"components":[{"name":"logs","healthy":true,"detail":""},…]}. `ask` is called by several
// threads.
[[nodiscard]] HttpHandler health_page(std::function<Health()> ask);

}  // namespace hakoban
