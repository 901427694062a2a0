// The ECS agent's introspection on the host: what the agent itself knows of its tasks. Source: "Amazon ECS
// container agent introspection" in the ECS developer guide, and answers recorded from agent 1.105.1.
#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "core/host/ecs_facts.h"
#include "core/host/host_view.h"
#include "core/result.h"
#include "platform/http/http_client.h"

namespace hakoban {

class EcsIntrospection {
 public:
  virtual ~EcsIntrospection() = default;

  // GET /v1/metadata. Errors: not_found (the agent has not registered the instance yet), unavailable (no
  // agent here), timeout, malformed.
  [[nodiscard]] virtual Result<EcsIdentity> metadata(const std::stop_token& stop) = 0;

  // GET /v1/tasks: all that the agent still remembers, stopped ones too. Errors as metadata().
  [[nodiscard]] virtual Result<std::vector<AgentTask>> tasks(const std::stop_token& stop) = 0;
};

struct IntrospectionConfig {
  std::string url = "http://127.0.0.1:51678";  // no '/' at its end
  Duration connect_timeout = 1s;
  Duration timeout = 2s;  // of each exchange
};

// Thread-safe, no state. Never through a proxy.
class EcsIntrospectionClient final : public EcsIntrospection {
 public:
  explicit EcsIntrospectionClient(HttpClient& http, IntrospectionConfig config = {});

  [[nodiscard]] Result<EcsIdentity> metadata(const std::stop_token& stop) override;
  [[nodiscard]] Result<std::vector<AgentTask>> tasks(const std::stop_token& stop) override;

 private:
  [[nodiscard]] Result<std::string> get(const std::string& path, const std::stop_token& stop);

  HttpClient& http_;
  const IntrospectionConfig config_;
};

}  // namespace hakoban
