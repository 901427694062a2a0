// HttpClient on libcurl.
//
// Connections are kept alive and used again. A call takes a lane: one easy handle with a multi handle of its
// own, which holds the connection to one authority (or unix socket). Lanes that nobody uses wait in a stack,
// the warmest on top, so that a burst leaves its extra lanes to age out. One thread, one lane: calls never
// wait for each other. curl_multi_wakeup lets a stop end a call at once, whatever the peer does.
//
// Proxies come from HTTPS_PROXY, HTTP_PROXY and NO_PROXY, as libcurl reads them; a request that is `direct`
// or goes to a unix socket never uses one. Redirects are not followed: nothing hakoban talks to needs them.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "platform/http/http_client.h"

namespace hakoban {

struct HttpClientConfig {
  std::string user_agent = "hakoban";  // agent: "hakoban/<version>"
  std::string ca_bundle;               // AWS_CA_BUNDLE, a file of PEM certificates; "": the system's
  std::size_t idle_connections = 32;   // kept open for the next call
  Duration idle_for = 60s;             // then closed
};

class CurlClient final : public HttpClient {
 public:
  explicit CurlClient(HttpClientConfig config = {});
  ~CurlClient() override;  // no call may be under way
  CurlClient(const CurlClient&) = delete;
  CurlClient& operator=(const CurlClient&) = delete;

  [[nodiscard]] Result<HttpResponse> send(const HttpRequest& request,
                                          const std::stop_token& stop = {}) override;
  [[nodiscard]] Result<HttpResponse> stream(const HttpRequest& request,
                                            const std::function<bool(std::string_view)>& sink,
                                            const std::stop_token& stop = {}) override;

 private:
  class Lanes;

  const HttpClientConfig config_;
  std::unique_ptr<Lanes> lanes_;
};

}  // namespace hakoban
