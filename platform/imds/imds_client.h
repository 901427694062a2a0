// Imds over HTTP. Source: EC2 user guide, "Use the Instance Metadata Service to access instance metadata":
// PUT /latest/api/token gives a token, every GET carries it. Never through a proxy.
#pragma once

#include <mutex>
#include <string>

#include <prometheus/counter.h>
#include <prometheus/registry.h>

#include "platform/clock.h"
#include "platform/environment.h"
#include "platform/http/http_client.h"
#include "platform/imds/imds.h"

namespace hakoban {

struct ImdsConfig {
  std::string endpoint = "http://169.254.169.254";  // no '/' at its end
  bool disabled = false;                            // then every get() is `unavailable` at once
  Duration connect_timeout = 1s;
  Duration timeout = 2s;     // of each exchange: one get() makes at most four of them
  Duration token_life = 6h;  // asked for; IMDS allows 1 s to 6 h
  std::size_t body_limit_bytes = 64 << 10;
};

// AWS_EC2_METADATA_SERVICE_ENDPOINT, AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE (IPv6),
// AWS_EC2_METADATA_DISABLED.
[[nodiscard]] ImdsConfig imds_config(const Environment& environment);

// Thread-safe. Threads share the token but never wait for each other's exchanges, so that one that hangs
// delays nobody else.
class ImdsClient final : public Imds {
 public:
  ImdsClient(HttpClient& http, const Clock& clock, prometheus::Registry& registry, ImdsConfig config);

  [[nodiscard]] Result<std::optional<std::string>> get(std::string_view path,
                                                       const std::stop_token& stop) override;

 private:
  struct Token {
    std::string text;  // "": none yet
    SteadyPoint renew_at;
  };

  [[nodiscard]] Result<std::string> token(const std::stop_token& stop);
  [[nodiscard]] Result<std::string> fetch_token(const std::stop_token& stop);
  [[nodiscard]] Result<HttpResponse> ask(std::string_view path, const std::string& token,
                                         const std::stop_token& stop);
  [[nodiscard]] Result<std::optional<std::string>> fetch(std::string_view path, const std::stop_token& stop);
  void forget(const std::string& token);

  HttpClient& http_;
  const Clock& clock_;
  const ImdsConfig config_;
  prometheus::Counter& requests_;
  prometheus::Counter& token_fetches_;
  prometheus::Family<prometheus::Counter>& failures_;
  std::mutex mutex_;  // guards token_; never held over an exchange
  Token token_;
};

}  // namespace hakoban
