#include "platform/http/trust_store.h"

#include <chrono>
#include <utility>

#include <curl/curl.h>
#include <fmt/format.h>
#include <openssl/err.h>

namespace hakoban {
namespace {

constexpr Duration kFreshFor = 24h;

std::string or_default(std::string bundle) {
  if (!bundle.empty()) return bundle;
  const char* usual = curl_version_info(CURLVERSION_NOW)->cainfo;
  return usual != nullptr ? usual : "/etc/ssl/certs/ca-certificates.crt";
}

}  // namespace

TrustStore::TrustStore(std::string bundle) : bundle_(or_default(std::move(bundle))) {}

Result<void> TrustStore::load() {
  const std::lock_guard lock{mutex_};
  const SteadyPoint now = std::chrono::steady_clock::now();
  if (store_ && now - loaded_at_ < kFreshFor) return {};
  std::unique_ptr<X509_STORE, StoreFree> fresh{X509_STORE_new()};
  if (!fresh || X509_STORE_load_file(fresh.get(), bundle_.c_str()) != 1) {
    ERR_clear_error();
    if (store_) return {};
    return Error{Errc::invalid, fmt::format("CA bundle {}: no certificates can be read from it", bundle_)};
  }
  // As libcurl has it: an intermediate certificate in the bundle is trusted for itself.
  X509_STORE_set_flags(fresh.get(), X509_V_FLAG_PARTIAL_CHAIN);
  store_ = std::move(fresh);
  loaded_at_ = now;
  return {};
}

void TrustStore::give_to(SSL_CTX* context) const {
  const std::lock_guard lock{mutex_};
  SSL_CTX_set1_cert_store(context, store_.get());
}

}  // namespace hakoban
