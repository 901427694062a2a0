// Answers HTTP: metrics, health, the local API. A few worker threads, keep-alive, time-outs against slow
// clients and limits against greedy ones.
//
//   HttpServer server{{address}, [&](const HttpQuery& query) { return routes.answer(query); }};
//   if (auto bound = server.bind(); !bound) …    // at start-up: a taken port is an error there
//   server.run(stop);                            // in a component's thread
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/time.h"
#include "platform/http/http_body_stream.h"
#include "platform/http/http_client.h"
#include "platform/http/listen_address.h"

namespace hakoban {

class TlsSource;

struct HttpQuery {
  std::string method;      // "GET", "HEAD", "POST", …
  std::string path;        // percent-decoded, without the query; always begins with '/'
  std::string query = {};  // what follows '?', as it was sent
  HttpHeaders headers = {};
  std::string body = {};

  // The first header of that name, whatever its case.
  [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const;
};

struct HttpReply {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body = {};
  HttpHeaders headers = {};                     // besides Content-Type and Content-Length
  std::unique_ptr<HttpBodyStream> stream = {};  // if any, `body` is not used
};

// 503: memory for answers under way is used up; come again in a second.
[[nodiscard]] HttpReply too_many_answers();

// Called by several threads at once. The body of an answer to HEAD is dropped by the server.
using HttpHandler = std::function<HttpReply(const HttpQuery&)>;

struct HttpServerConfig {
  unsigned workers = 4;               // threads; a handler that waits holds one
  std::size_t max_connections = 256;  // one more is closed at once
  std::size_t max_header_bytes = 16 << 10;
  std::size_t max_body_bytes = 256 << 10;
  std::size_t max_unsent_bytes = 128 << 20;  // of all bodies under way but streams; beyond that 503, so that
                                             // clients who ask and do not read cannot fill the memory
  Duration request_timeout = 10s;            // to send a request, from its first byte or the connection
  Duration idle_timeout = 75s;               // between requests of one connection
  Duration reply_timeout = 30s;              // to take an answer
};

class HttpServer {
 public:
  // `tls`: where TLS comes from, if it has any; it must outlive the server. Null: none.
  HttpServer(const std::vector<ListenAddress>& addresses, HttpHandler handler, HttpServerConfig config = {},
             TlsSource* tls = nullptr);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // Takes the addresses, so that clients may connect from now on. A unix socket's stale file is replaced.
  // Errors: exists (address in use), denied, invalid (no such address here).
  [[nodiscard]] Result<void> bind();

  // After bind(): the port of the first address, also when 0 was asked for; 0 for a unix socket.
  [[nodiscard]] std::uint16_t bound_port() const;

  // Serves until `stop`, then closes all connections and returns within the time of the handlers under way.
  // After bind(), once.
  void run(const std::stop_token& stop);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hakoban
