// OpenSSL's side of a server's TLS settings: certificate, key, protocol versions and what clients must show.
#pragma once

#include <string>

#include "core/result.h"
#include "platform/http/tls_source.h"
#include "platform/http/web_config.h"

namespace hakoban {

// The PEM text of what the settings name, read from files where they name files.
struct TlsMaterial {
  std::string cert;
  std::string key;
  std::string client_ca;

  bool operator==(const TlsMaterial&) const = default;
};

// Errors: what read_file says, with the setting's name in front.
[[nodiscard]] Result<TlsMaterial> read_tls_material(const TlsSettings& settings);

// Offers HTTP/1.1 by ALPN. Errors: invalid (no certificate, key that does not fit, unknown cipher suite).
[[nodiscard]] Result<TlsContext> make_tls_context(const TlsSettings& settings, const TlsMaterial& material);

}  // namespace hakoban
