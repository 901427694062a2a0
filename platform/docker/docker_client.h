// The Docker port over HTTP, usually on a unix socket. Source: Docker Engine API, v1.41 to v1.47.
//
// The engine and we settle on a version of the API: GET /_ping (without one) tells the engine's newest, and
// the smaller of that and ours is used; asked again after a connection was lost or a version was refused,
// since an engine may come back newer or older.
#pragma once

#include <mutex>
#include <string>
#include <string_view>

#include "platform/docker/docker.h"
#include "platform/docker/docker_endpoint.h"
#include "platform/http/http_client.h"

namespace hakoban {

struct DockerClientConfig {
  Duration connect_timeout = 2s;
  Duration timeout = 5s;        // of one list or inspect
  Duration stop_reserve = 10s;  // how much longer than the patience asked for a stop may take
};

// Thread-safe: calls run side by side.
class DockerClient final : public Docker {
 public:
  DockerClient(HttpClient& http, DockerEndpoint endpoint, DockerClientConfig config = {});

  [[nodiscard]] Result<std::vector<ContainerView>> list(const std::stop_token& stop) override;
  [[nodiscard]] Result<ContainerView> inspect(const std::string& id, const std::stop_token& stop) override;
  [[nodiscard]] Error watch(const std::function<void()>& connected,
                            const std::function<void(const DockerEvent&)>& sink,
                            const std::stop_token& stop) override;
  [[nodiscard]] Result<void> stop_container(const std::string& id, Duration patience,
                                            const std::stop_token& stop) override;
  [[nodiscard]] Result<void> signal_container(const std::string& id, const std::string& signal,
                                              const std::stop_token& stop) override;

 private:
  struct Ping {
    std::string version;  // settled
    std::string date;     // the engine's clock, as its Date header has it; "" when it sends none
  };

  [[nodiscard]] HttpRequest request(std::string_view method, std::string url) const;
  [[nodiscard]] Result<Ping> ping(const std::stop_token& stop);
  [[nodiscard]] Result<std::string> version(const std::stop_token& stop);
  // Any answer below 400, and 404 when asked to; `path` without the version.
  [[nodiscard]] Result<HttpResponse> call(HttpRequest request, std::string_view path,
                                          const std::stop_token& stop);
  void forget_version();

  HttpClient& http_;
  const DockerEndpoint endpoint_;
  const DockerClientConfig config_;
  std::mutex mutex_;     // guards version_; never held over an exchange
  std::string version_;  // "" until settled
};

}  // namespace hakoban
