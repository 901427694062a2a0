#include "platform/http/web_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hakoban {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;

constexpr const char* kHash = "$2y$04$JYW9cE/oeBGvIj3iu9JhN.l2BodHZ2kUmzMyEfW2OhXHyez06Q/j.";

TEST(WebConfig, ReadsTheToolkitsWholeSample) {
  const auto read = parse_web_config(R"(
tls_server_config:
  cert_file: "server.crt"
  key_file: /etc/keys/server.key
  client_auth_type: RequireAndVerifyClientCert
  client_ca_file: ca.crt
  client_allowed_sans: [prometheus.example.com, "10.0.0.1"]
  min_version: TLS12
  max_version: "TLS13"
  cipher_suites:
    - TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256
  prefer_server_cipher_suites: false
  curve_preferences: [X25519, CurveP256]
http_server_config:
  http2: false
  headers:
    X-Frame-Options: deny
    X-Content-Type-Options: nosniff
    Strict-Transport-Security: max-age=31536000
basic_auth_users:
  alice: )" + std::string{kHash} + R"(
rate_limit:
  interval: 100ms
  burst: 20
)",
                                     "/etc/hakoban");
  ASSERT_TRUE(read) << read.error().what;
  EXPECT_TRUE(read->tls_enabled);
  EXPECT_EQ(read->tls.cert_file, "/etc/hakoban/server.crt");
  EXPECT_EQ(read->tls.key_file, "/etc/keys/server.key");
  EXPECT_EQ(read->tls.client_ca_file, "/etc/hakoban/ca.crt");
  EXPECT_EQ(read->tls.client_auth, ClientAuth::require_and_verify);
  EXPECT_THAT(read->tls.client_allowed_sans, ElementsAre("prometheus.example.com", "10.0.0.1"));
  EXPECT_EQ(read->tls.max_version, TlsVersion::tls13);
  EXPECT_FALSE(read->tls.prefer_server_cipher_suites);
  EXPECT_THAT(read->tls.curve_preferences, ElementsAre("X25519", "P-256"));
  EXPECT_THAT(read->headers, testing::UnorderedElementsAre(
                                 Pair("X-Frame-Options", "deny"), Pair("X-Content-Type-Options", "nosniff"),
                                 Pair("Strict-Transport-Security", "max-age=31536000")));
  EXPECT_THAT(read->users, ElementsAre(Pair("alice", kHash)));
  EXPECT_EQ(read->rate_limit, (RateLimit{100ms, 20}));
}

TEST(WebConfig, EmptyFileAndEmptySectionsAreNoProtection) {
  for (const char* text : {"", "# nothing\n", "{}", "tls_server_config:\nbasic_auth_users:\n",
                           "basic_auth_users: {}\ntls_server_config: {}\n"}) {
    const auto read = parse_web_config(text, "/");
    ASSERT_TRUE(read) << text << read.error().what;
    EXPECT_EQ(*read, WebConfig{}) << text;
  }
}

struct Wrong {
  const char* text;
  const char* what;
};

class WrongWebConfig : public testing::TestWithParam<Wrong> {};

TEST_P(WrongWebConfig, IsToldByItsPath) {
  const auto read = parse_web_config(GetParam().text, "/");
  ASSERT_FALSE(read) << GetParam().text;
  EXPECT_EQ(read.error().code, Errc::invalid);
  EXPECT_THAT(read.error().what, HasSubstr(GetParam().what));
}

INSTANTIATE_TEST_SUITE_P(
    All, WrongWebConfig,
    testing::Values(
        Wrong{"tls_server_confg: {}", "tls_server_confg: unknown key"},
        Wrong{"tls_server_config: {cert_fil: a}", "tls_server_config.cert_fil: unknown key"},
        Wrong{"tls_server_config: {key_file: a}", "one of cert and cert_file is missing"},
        Wrong{"tls_server_config: {cert_file: a}", "one of key and key_file is missing"},
        Wrong{"tls_server_config: {cert: x, cert_file: a, key_file: b}", "both cert and cert_file"},
        Wrong{"tls_server_config: {cert_file: a, cert_file: b, key_file: c}", "cert_file: given twice"},
        Wrong{"tls_server_config: {cert_file: a, key_file: b, client_ca_file: c}", "no client_auth_type"},
        Wrong{"tls_server_config: {cert_file: a, key_file: b, client_auth_type: RequireAndVerifyClientCert}",
              "no client CA"},
        Wrong{"tls_server_config: {cert_file: a, key_file: b, client_auth_type: Maybe}",
              "tls_server_config.client_auth_type: must be one of NoClientCert, "},
        Wrong{"tls_server_config: {cert_file: a, key_file: b, client_auth_type: RequestClientCert, "
              "client_allowed_sans: [a]}",
              "client_allowed_sans needs"},
        Wrong{"tls_server_config: {cert_file: a, key_file: b, min_version: SSL3}",
              "min_version: must be one of"},
        Wrong{"tls_server_config: {cert_file: a, key_file: b, min_version: TLS13, max_version: TLS12}",
              "min_version is above max_version"},
        Wrong{"tls_server_config: {cert_file: a, key_file: b, curve_preferences: [P256]}",
              "unknown curve 'P256'"},
        Wrong{"tls_server_config: [a]", "tls_server_config: must be a mapping"},
        Wrong{"http_server_config: {headers: {Server: x}}", "http_server_config.headers.Server: unknown key"},
        Wrong{"http_server_config: {headers: {X-Frame-Options: allow}}", "must be deny or sameorigin"},
        Wrong{"http_server_config: {headers: {X-XSS-Protection: \"1\\r\\nSet-Cookie: a\"}}",
              "must be one line"},
        Wrong{"http_server_config: {http2: maybe}", "http2: must be true or false"},
        Wrong{"basic_auth_users: [alice]", "basic_auth_users: must map names"},
        Wrong{"basic_auth_users: {alice: secret}", "basic_auth_users.alice: is no bcrypt hash"},
        Wrong{"rate_limit: {interval: often}", "rate_limit.interval: must be a duration"},
        Wrong{"rate_limit: {burst: -1}", "rate_limit.burst: must be a number"},
        Wrong{"[1, 2]", "must be a mapping"}, Wrong{"a: b: c", "not YAML"}, Wrong{"\"unended", "not YAML"}));

TEST(WebConfig, TellsAllProblemsAndNoSecret) {
  const auto read =
      parse_web_config("basic_auth_users: {alice: hunter2}\nrate_limit: {burst: x}\nmore: 1", "/");
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().what, AllOf(HasSubstr("alice"), HasSubstr("rate_limit.burst"),
                                       HasSubstr("more: unknown"), Not(HasSubstr("hunter2"))));
}

}  // namespace
}  // namespace hakoban
