// The certificates that our TLS connections trust. Reading the system's bundle costs 36 ms of CPU and 0.9 MB,
// and libcurl would do it for each lane anew: so it is read once here and shared by all of them.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include <openssl/ssl.h>

#include "core/result.h"
#include "core/time.h"

namespace hakoban {

// Thread-safe.
class TrustStore {
 public:
  // A file of PEM certificates; "": the one that libcurl was built for.
  explicit TrustStore(std::string bundle);

  // Reads the bundle, unless that was done within the last day (packages renew it). A bundle that was good
  // once stays when it cannot be read again. Errors: invalid (no file, no certificate in it).
  [[nodiscard]] Result<void> load();

  // Makes the connections of `context` trust what was loaded.
  void give_to(SSL_CTX* context) const;

 private:
  struct StoreFree {
    void operator()(X509_STORE* store) const { X509_STORE_free(store); }
  };

  const std::string bundle_;
  mutable std::mutex mutex_;
  std::unique_ptr<X509_STORE, StoreFree> store_;
  SteadyPoint loaded_at_;
};

}  // namespace hakoban
