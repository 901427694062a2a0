#include "platform/http/tls_context.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "platform/files.h"

namespace hakoban {
namespace {

constexpr std::size_t kPemLimit = 1 << 20;

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Bio = std::unique_ptr<BIO, Freed<BIO_free>>;
using Certificate = std::unique_ptr<X509, Freed<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using Names = std::unique_ptr<GENERAL_NAMES, Freed<GENERAL_NAMES_free>>;

Error tls_error(std::string_view what) {
  const auto code = ERR_peek_last_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  ERR_clear_error();
  return {Errc::invalid, reason == nullptr ? std::string{what} : fmt::format("{}: {}", what, reason)};
}

Bio bio_of(const std::string& pem) {
  return Bio{BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))};
}

// A key with a pass phrase must not make OpenSSL ask for it on the terminal.
int no_pass_phrase(char*, int, int, void*) {
  return 0;
}

Result<void> use_certificate(SSL_CTX* context, const TlsMaterial& material) {
  const auto chain = bio_of(material.cert);
  const Certificate leaf{PEM_read_bio_X509_AUX(chain.get(), nullptr, no_pass_phrase, nullptr)};
  if (!leaf || SSL_CTX_use_certificate(context, leaf.get()) != 1)
    return tls_error("tls_server_config: no certificate in cert");
  while (X509* next = PEM_read_bio_X509(chain.get(), nullptr, no_pass_phrase, nullptr)) {
    if (SSL_CTX_add0_chain_cert(context, next) != 1) {
      X509_free(next);
      return tls_error("tls_server_config: the certificate's chain");
    }
  }
  ERR_clear_error();  // the end of the chain is told as an error
  const Key key{PEM_read_bio_PrivateKey(bio_of(material.key).get(), nullptr, no_pass_phrase, nullptr)};
  if (!key) return tls_error("tls_server_config: no private key in key");
  if (SSL_CTX_use_PrivateKey(context, key.get()) != 1 || SSL_CTX_check_private_key(context) != 1)
    return tls_error("tls_server_config: the key is not the certificate's");
  return {};
}

Result<void> trust_clients(SSL_CTX* context, const std::string& pem) {
  if (pem.empty()) return {};
  const auto bundle = bio_of(pem);
  auto* const store = SSL_CTX_get_cert_store(context);
  int count = 0;
  while (const auto ca = Certificate{PEM_read_bio_X509(bundle.get(), nullptr, no_pass_phrase, nullptr)}) {
    X509_STORE_add_cert(store, ca.get());
    SSL_CTX_add_client_CA(context, ca.get());
    ++count;
  }
  ERR_clear_error();
  if (count == 0) return Error{Errc::invalid, "tls_server_config: no certificate in client_ca"};
  return {};
}

std::string text_of(const ASN1_STRING* text) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
          static_cast<std::size_t>(ASN1_STRING_length(text))};
}

std::string address_of(const ASN1_OCTET_STRING* address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const int family = ASN1_STRING_length(address) == 4 ? AF_INET : AF_INET6;
  if (family == AF_INET6 && ASN1_STRING_length(address) != 16) return {};
  ::inet_ntop(family, ASN1_STRING_get0_data(address), text.data(), text.size());
  return text.data();
}

bool has_allowed_name(X509* certificate, const std::vector<std::string>& allowed) {
  const Names names{
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr))};
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const auto* name = sk_GENERAL_NAME_value(names.get(), i);
    std::string text;
    if (name->type == GEN_DNS || name->type == GEN_EMAIL || name->type == GEN_URI)
      text = text_of(name->d.ia5);
    else if (name->type == GEN_IPADD)
      text = address_of(name->d.iPAddress);
    if (!text.empty() && std::find(allowed.begin(), allowed.end(), text) != allowed.end()) return true;
  }
  return false;
}

// OpenSSL verifies a chain from its root to the client's own certificate, which has depth 0.
struct ClientRule {
  bool verify_chain = true;
  std::vector<std::string> allowed_sans;
};

int rule_index() {
  static const int kIndex = SSL_CTX_get_ex_new_index(
      0, nullptr, nullptr, nullptr,
      [](void*, void* rule, CRYPTO_EX_DATA*, int, long, void*) { delete static_cast<ClientRule*>(rule); });
  return kIndex;
}

int judge_client(int verified, X509_STORE_CTX* chain) {
  const auto* ssl =
      static_cast<SSL*>(X509_STORE_CTX_get_ex_data(chain, SSL_get_ex_data_X509_STORE_CTX_idx()));
  const auto* rule = static_cast<ClientRule*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), rule_index()));
  if (verified != 1 && rule->verify_chain) return 0;
  if (X509_STORE_CTX_get_error_depth(chain) > 0 || rule->allowed_sans.empty()) return 1;
  if (has_allowed_name(X509_STORE_CTX_get0_cert(chain), rule->allowed_sans)) return 1;
  X509_STORE_CTX_set_error(chain, X509_V_ERR_APPLICATION_VERIFICATION);
  return 0;
}

void judge_clients(SSL_CTX* context, const TlsSettings& settings) {
  const auto policy = settings.client_auth;
  if (policy == ClientAuth::none) return;
  int mode = SSL_VERIFY_PEER;
  if (policy == ClientAuth::require_any || policy == ClientAuth::require_and_verify)
    mode |= SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
  const bool verifies = policy == ClientAuth::verify_if_given || policy == ClientAuth::require_and_verify;
  SSL_CTX_set_ex_data(context, rule_index(), new ClientRule{verifies, settings.client_allowed_sans});
  SSL_CTX_set_verify(context, mode, judge_client);
}

int protocol_of(TlsVersion version) {
  switch (version) {
    case TlsVersion::tls10:
      return TLS1_VERSION;
    case TlsVersion::tls11:
      return TLS1_1_VERSION;
    case TlsVersion::tls12:
      return TLS1_2_VERSION;
    case TlsVersion::tls13:
      return TLS1_3_VERSION;
  }
  return TLS1_2_VERSION;
}

// Go, as the toolkit, lets only the suites up to TLS 1.2 be chosen; those of 1.3 may be named, and are always
// on.
Result<void> choose_ciphers(SSL_CTX* context, const TlsSettings& settings) {
  std::vector<std::string> chosen;
  for (const auto& suite : settings.cipher_suites) {
    const std::string name = OPENSSL_cipher_name(suite.c_str());
    if (name == "(NONE)")
      return Error{Errc::invalid, fmt::format("tls_server_config.cipher_suites: unknown suite '{}'", suite)};
    if (!name.starts_with("TLS_")) chosen.push_back(name);
  }
  const auto list = fmt::format("{}", fmt::join(chosen, ":"));
  if (!chosen.empty() && SSL_CTX_set_cipher_list(context, list.c_str()) != 1)
    return tls_error("tls_server_config.cipher_suites");
  const auto curves = fmt::format("{}", fmt::join(settings.curve_preferences, ":"));
  if (!curves.empty() && SSL_CTX_set1_groups_list(context, curves.c_str()) != 1)
    return tls_error("tls_server_config.curve_preferences");
  return {};
}

int choose_http11(SSL*, const unsigned char** chosen, unsigned char* size, const unsigned char* offered,
                  unsigned offered_size, void*) {
  static constexpr unsigned char kOurs[] = "\x08http/1.1";
  unsigned char* found = nullptr;
  const int outcome = SSL_select_next_proto(&found, size, kOurs, sizeof kOurs - 1, offered, offered_size);
  if (outcome != OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_NOACK;
  *chosen = found;
  return SSL_TLSEXT_ERR_OK;
}

Result<std::string> text_or_file(const std::string& text, const std::filesystem::path& file,
                                 std::string_view name) {
  if (file.empty()) return text;
  auto content = read_file(file, kPemLimit);
  if (!content) return content.error().within(fmt::format("tls_server_config.{}", name));
  return content;
}

}  // namespace

Result<TlsMaterial> read_tls_material(const TlsSettings& settings) {
  auto cert = text_or_file(settings.cert, settings.cert_file, "cert_file");
  if (!cert) return cert.error();
  auto key = text_or_file(settings.key, settings.key_file, "key_file");
  if (!key) return key.error();
  auto client_ca = text_or_file(settings.client_ca, settings.client_ca_file, "client_ca_file");
  if (!client_ca) return client_ca.error();
  return TlsMaterial{*std::move(cert), *std::move(key), *std::move(client_ca)};
}

Result<TlsContext> make_tls_context(const TlsSettings& settings, const TlsMaterial& material) {
  const TlsContext context{SSL_CTX_new(TLS_server_method()), SSL_CTX_free};
  if (!context) return tls_error("no TLS context");
  SSL_CTX_set_min_proto_version(context.get(), protocol_of(settings.min_version));
  SSL_CTX_set_max_proto_version(context.get(), protocol_of(settings.max_version));
  if (settings.min_version < TlsVersion::tls12) SSL_CTX_set_security_level(context.get(), 0);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
  if (settings.prefer_server_cipher_suites)
    SSL_CTX_set_options(context.get(), SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  // A resumed session has shown its certificate long ago, under rules that may have changed since.
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_TICKET);
  SSL_CTX_set_num_tickets(context.get(), 0);
  SSL_CTX_set_alpn_select_cb(context.get(), choose_http11, nullptr);
  if (auto used = use_certificate(context.get(), material); !used) return used.error();
  if (auto trusted = trust_clients(context.get(), material.client_ca); !trusted) return trusted.error();
  if (auto chosen = choose_ciphers(context.get(), settings); !chosen) return chosen.error();
  judge_clients(context.get(), settings);
  return context;
}

}  // namespace hakoban
