// The web configuration file of Prometheus's exporters, as --web.config.file names it: TLS, client
// certificates, basic authentication, headers and a rate limit.
// https://github.com/prometheus/exporter-toolkit/blob/master/docs/web-configuration.md
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.h"
#include "core/time.h"

namespace hakoban {

// Go's tls.ClientAuthType.
enum class ClientAuth { none, request, require_any, verify_if_given, require_and_verify };

enum class TlsVersion { tls10, tls11, tls12, tls13 };

// Each of certificate, key and CA is a file or the PEM text itself; files are relative to the configuration's
// own folder.
struct TlsSettings {
  std::string cert;  // PEM
  std::string key;   // PEM, a secret
  std::string client_ca;
  std::filesystem::path cert_file;
  std::filesystem::path key_file;
  std::filesystem::path client_ca_file;
  ClientAuth client_auth = ClientAuth::none;
  std::vector<std::string> client_allowed_sans;
  TlsVersion min_version = TlsVersion::tls12;
  TlsVersion max_version = TlsVersion::tls13;
  std::vector<std::string> cipher_suites;  // by their IANA names
  bool prefer_server_cipher_suites = true;
  std::vector<std::string> curve_preferences;  // OpenSSL's names

  bool operator==(const TlsSettings&) const = default;
};

struct RateLimit {
  Duration interval{0};  // between two requests; 0: no limit
  int burst = 0;

  bool operator==(const RateLimit&) const = default;
};

struct WebConfig {
  bool tls_enabled = false;
  TlsSettings tls;
  std::vector<std::pair<std::string, std::string>> headers;  // added to every answer
  std::map<std::string, std::string> users;                  // name, bcrypt hash; empty: no authentication
  RateLimit rate_limit;

  bool operator==(const WebConfig&) const = default;
};

// Strict, as the toolkit is: unknown and repeated keys are errors. `http2` is read and means nothing: we
// speak HTTP/1.1. Errors: invalid, with all problems, each by its path ("tls_server_config.min_version: …").
// No secret is ever part of them.
[[nodiscard]] Result<WebConfig> parse_web_config(std::string_view yaml, const std::filesystem::path& folder);

}  // namespace hakoban
