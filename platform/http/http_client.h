// Speaks HTTP out: to AWS, instance metadata, the ECS agent and the Docker socket.
// platform/http/curl_client.h is real.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.h"
#include "core/time.h"

namespace hakoban {

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;

struct HttpRequest {
  std::string method = "GET";
  std::string url;  // sent byte for byte: path and query are already encoded (they may be signed)
  HttpHeaders headers;
  std::string body;
  std::string unix_socket;  // a path: connect there, whatever host the URL names
  bool direct = false;      // never through a proxy (instance metadata, loopback, sockets)
  Duration connect_timeout = 2s;
  Duration timeout = 10s;                   // of the whole exchange; for stream(): of silence
  std::size_t body_limit_bytes = 64 << 20;  // a longer answer is an error, not a memory problem
};

struct HttpResponse {
  int status = 0;
  HttpHeaders headers;
  std::string body;

  // The first header of that name, whatever its case.
  [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const;
};

class HttpClient {
 public:
  virtual ~HttpClient() = default;

  // Any status is a success here; the caller judges it. Errors: timeout, unavailable (no connection, reset,
  // TLS), malformed (not HTTP, too long), cancelled (stop), invalid (URL). Blocks; thread-safe.
  [[nodiscard]] virtual Result<HttpResponse> send(const HttpRequest& request,
                                                  const std::stop_token& stop = {}) = 0;

  // As send(), but hands each piece of the body to `sink` as it comes, until the peer ends, `sink` returns
  // false (then the answer so far, with an empty body, is the result) or stop. As soon as the head of a 2xx
  // answer is there, and once, `sink` gets an empty piece: the stream stands, though it may be silent yet.
  // `request.timeout` bounds silence; zero: never.
  [[nodiscard]] virtual Result<HttpResponse> stream(const HttpRequest& request,
                                                    const std::function<bool(std::string_view)>& sink,
                                                    const std::stop_token& stop = {}) = 0;
};

}  // namespace hakoban
