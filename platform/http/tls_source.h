// Where a server gets its TLS from, connection by connection.
#pragma once

#include <memory>

#include <openssl/types.h>

#include "core/result.h"

namespace hakoban {

// OpenSSL's context: certificate, key and rules. Each connection holds it, so that it can be replaced while
// connections live: shared_ptr has its reason in that.
using TlsContext = std::shared_ptr<SSL_CTX>;

class TlsSource {
 public:
  virtual ~TlsSource() = default;

  // Asked once, when the server binds.
  [[nodiscard]] virtual bool tls_enabled() const = 0;
  // For a new connection; an error closes it. Called by several threads.
  [[nodiscard]] virtual Result<TlsContext> tls_context() = 0;
};

}  // namespace hakoban
