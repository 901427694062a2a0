#include "platform/http/web_guard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/fakes/fake_clock.h"
#include "tests/fakes/file_tree.h"
#include "tests/fakes/registry_values.h"

namespace hakoban {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Pair;
using testing_tools::FileTree;

constexpr const char* kHash = "$2y$04$JYW9cE/oeBGvIj3iu9JhN.l2BodHZ2kUmzMyEfW2OhXHyez06Q/j.";
constexpr const char* kAli = "Basic YWxpOm9wZW4gc2VzYW1l";  // ali:open sesame
constexpr const char* kOther = "Basic YWxpOm90aGVy";        // ali:other

class WebGuardTest : public testing::Test {
 protected:
  void write(const std::string& yaml) const { files_.write("web.yml", yaml); }
  [[nodiscard]] std::string path() const { return (files_.root() / "web.yml").string(); }

  static HttpReply ask(const HttpHandler& handler, const std::string& authorization = {}) {
    HttpQuery query{.method = "GET", .path = "/metrics"};
    if (!authorization.empty()) query.headers.emplace_back("authorization", authorization);
    return handler(query);
  }

  static HttpReply page(const HttpQuery&) { return {.body = "page"}; }

  FileTree files_;
  FakeClock clock_;
  prometheus::Registry registry_;
};

TEST_F(WebGuardTest, WithoutAFileLetsAllIn) {
  WebGuard guard{"", clock_, registry_};
  ASSERT_TRUE(guard.open());
  EXPECT_FALSE(guard.tls_enabled());
  EXPECT_EQ(ask(guard.guard(page)).body, "page");
}

TEST_F(WebGuardTest, AsksForAPassword) {
  write("basic_auth_users: {ali: " + std::string{kHash} +
        "}\nhttp_server_config: {headers: {X-Frame-Options: deny}}");
  WebGuard guard{path(), clock_, registry_};
  ASSERT_TRUE(guard.open());
  const auto handler = guard.guard(page);
  EXPECT_EQ(ask(handler, kAli).body, "page");
  EXPECT_THAT(ask(handler, kAli).headers, Contains(Pair("X-Frame-Options", "deny")));
  for (const auto& wrong : {std::string{}, std::string{kOther}, std::string{"Bearer x"}}) {
    const auto reply = ask(handler, wrong);
    EXPECT_EQ(reply.status, 401);
    EXPECT_THAT(reply.headers, Contains(Pair("WWW-Authenticate", "Basic")));
    EXPECT_THAT(reply.headers, Contains(Pair("X-Frame-Options", "deny")));
  }
  EXPECT_EQ(value_in(registry_, "hakoban_web_refused_total", {{"reason", "login"}}), 3);
}

TEST_F(WebGuardTest, TakesUpAChangedFileAtOnce) {
  write("basic_auth_users: {ali: " + std::string{kHash} + "}");
  WebGuard guard{path(), clock_, registry_};
  ASSERT_TRUE(guard.open());
  const auto handler = guard.guard(page);
  EXPECT_EQ(ask(handler).status, 401);
  write("");
  EXPECT_EQ(ask(handler).status, 200);
}

TEST_F(WebGuardTest, TakesUpAChangeOfAFileThatHadLongBeenTheSame) {
  clock_.jump_to(TimePoint{std::chrono::sys_days{std::chrono::year{2100} / 1 / 1}});
  write("basic_auth_users: {ali: " + std::string{kHash} + "}");
  WebGuard guard{path(), clock_, registry_};
  ASSERT_TRUE(guard.open());
  const auto handler = guard.guard(page);
  EXPECT_EQ(ask(handler).status, 401);
  EXPECT_EQ(ask(handler, kAli).status, 200);
  write("");
  EXPECT_EQ(ask(handler).status, 200);
}

TEST_F(WebGuardTest, FileThatBecomesWrongLetsNobodyInUntilItIsMended) {
  write("basic_auth_users: {ali: " + std::string{kHash} + "}");
  WebGuard guard{path(), clock_, registry_};
  ASSERT_TRUE(guard.open());
  const auto handler = guard.guard(page);
  write("basic_auth_users: {ali: nothing}");
  EXPECT_EQ(ask(handler, kAli).status, 500);
  EXPECT_EQ(value_in(registry_, "hakoban_web_config_reload_failures_total"), 1);
  EXPECT_EQ(value_in(registry_, "hakoban_web_config_good"), 0);
  files_.remove("web.yml");
  EXPECT_EQ(ask(handler, kAli).status, 500);
  write("basic_auth_users: {ali: " + std::string{kHash} + "}\n# mended");
  EXPECT_EQ(ask(handler, kAli).status, 200);
  EXPECT_EQ(value_in(registry_, "hakoban_web_config_good"), 1);
}

TEST_F(WebGuardTest, LimitsTheRate) {
  write("rate_limit: {interval: 1s, burst: 2}");
  WebGuard guard{path(), clock_, registry_};
  ASSERT_TRUE(guard.open());
  const auto handler = guard.guard(page);
  EXPECT_EQ(ask(handler).status, 200);
  EXPECT_EQ(ask(handler).status, 200);
  EXPECT_EQ(ask(handler).status, 429);
  clock_.advance(1s);
  EXPECT_EQ(ask(handler).status, 200);
  EXPECT_EQ(ask(handler).status, 429);
  clock_.advance(1h);
  EXPECT_EQ(ask(handler).status, 200);
}

TEST_F(WebGuardTest, WrongFileAtTheStartIsAnErrorThatNamesIt) {
  write("tls_server_config: {cert_file: no.pem, key_file: no.key}");
  WebGuard guard{path(), clock_, registry_};
  const auto opened = guard.open();
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().what, HasSubstr("web.yml: tls_server_config.cert_file"));
  EXPECT_EQ(check_web_config(path()).error().what, opened.error().what);
  EXPECT_FALSE(check_web_config("/nowhere/web.yml"));
  EXPECT_TRUE(check_web_config(""));
}

TEST_F(WebGuardTest, CertificateThatIsNoneIsAnError) {
  write("tls_server_config: {cert_file: c.pem, key_file: k.pem}");
  files_.write("c.pem", "-----BEGIN CERTIFICATE-----\nbm90aGluZw==\n-----END CERTIFICATE-----\n");
  files_.write("k.pem", "nothing");
  EXPECT_THAT(check_web_config(path()).error().what, HasSubstr("no certificate in cert"));
}

}  // namespace
}  // namespace hakoban
