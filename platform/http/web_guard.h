// Stands between a web server and its clients as --web.config.file says: TLS, client certificates, basic
// authentication, headers, a rate limit. Like Prometheus's exporter-toolkit it takes up a changed file, and
// changed certificates, with the next connection or request; a file that became wrong lets nobody in until it
// is mended. Whether TLS is spoken at all is decided when the server starts.
#pragma once

#include <memory>
#include <string>

#include <prometheus/registry.h>

#include "core/result.h"
#include "platform/clock.h"
#include "platform/http/http_server.h"
#include "platform/http/tls_source.h"

namespace hakoban {

// Reads the file and what it names, as a server would at its start. For --check-config. "" is right.
[[nodiscard]] Result<void> check_web_config(const std::string& file);

// Thread-safe.
class WebGuard final : public TlsSource {
 public:
  // `file`: the YAML, or "" for no TLS and no authentication. The references must outlive it.
  WebGuard(std::string file, const Clock& clock, prometheus::Registry& registry);
  ~WebGuard() override;
  WebGuard(const WebGuard&) = delete;
  WebGuard& operator=(const WebGuard&) = delete;

  // Reads the file, before the server binds. Errors: it is wrong, or what it names.
  [[nodiscard]] Result<void> open();

  // Whether TLS was configured at the start.
  [[nodiscard]] bool tls_enabled() const override;
  // For a new connection. Errors: the file, a certificate or a key is wrong, or TLS was taken out of it.
  [[nodiscard]] Result<TlsContext> tls_context() override;

  // Answers 401, 429, 500 or 503 in the handler's place, or adds headers to its answer. The guard must
  // outlive what it returns.
  [[nodiscard]] HttpHandler guard(HttpHandler handler);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace hakoban
