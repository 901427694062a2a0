#include "platform/aws/credential_sources.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <prometheus/registry.h>

#include "platform/files.h"
#include "platform/imds/imds_client.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/fake_environment.h"
#include "tests/fakes/fake_http_client.h"

namespace hakoban {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kAnswer = R"({"RoleArn":"arn:aws:iam::123456789012:role/r","AccessKeyId":"ASIA1",
    "SecretAccessKey":"s3cr3t","Token":"t0ken","Expiration":"2026-11-23T18:00:00Z"})";
const Credentials kFromAnswer{"ASIA1", "s3cr3t", "t0ken", parse_rfc3339("2026-11-23T18:00:00Z").value()};

struct CredentialSourcesTest : ::testing::Test {
  Result<Credentials> container(const std::map<std::string, std::string>& variables) {
    return ContainerCredentials{http, fake_environment(variables)}.fetch({});
  }

  FakeHttpClient http;
  FakeClock clock;
  prometheus::Registry registry;
  ImdsClient imds{http, clock, registry, {}};
};

TEST_F(CredentialSourcesTest, environment_gives_what_is_set) {
  EnvironmentCredentials with_token{fake_environment(
      {{"AWS_ACCESS_KEY_ID", "AKID"}, {"AWS_SECRET_ACCESS_KEY", "s"}, {"AWS_SESSION_TOKEN", "t"}})};
  EXPECT_EQ(with_token.fetch({}).value(), (Credentials{"AKID", "s", "t", std::nullopt}));
  EXPECT_EQ(EnvironmentCredentials{fake_environment({})}.fetch({}).error().code, Errc::not_found);
  EXPECT_EQ(EnvironmentCredentials{fake_environment({{"AWS_ACCESS_KEY_ID", "AKID"}})}.fetch({}).error().code,
            Errc::invalid);
}

TEST_F(CredentialSourcesTest, the_relative_uri_is_asked_of_the_ecs_agent) {
  http.answer(200, kAnswer);
  const auto found = container({{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/credentials/1234"},
                                {"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1/other"}});
  ASSERT_TRUE(found) << found.error().what;
  EXPECT_EQ(*found, kFromAnswer);
  EXPECT_EQ(http.last().url, "http://169.254.170.2/v2/credentials/1234");
  EXPECT_TRUE(http.last().direct);
}

TEST_F(CredentialSourcesTest, a_full_uri_is_asked_only_where_a_secret_may_travel) {
  http.answer_by([](const HttpRequest&) { return HttpResponse{200, {}, kAnswer}; });
  for (const char* url : {"https://anywhere.example/x", "http://127.0.0.1:5000/x", "http://localhost/x",
                          "http://[::1]:80/x", "http://169.254.170.2/x",
                          "http://169.254.170.23/v1/credentials", "http://[fd00:ec2::23]/v1/credentials"})
    EXPECT_TRUE(container({{"AWS_CONTAINER_CREDENTIALS_FULL_URI", url}})) << url;
  for (const char* url :
       {"http://169.254.169.254/x", "http://example.com/x", "http://127.0.0.1.example.com/x",
        "http://127.0.0.1@example.com/", "ftp://127.0.0.1/", "127.0.0.1/x", "http://localhost.evil/"})
    EXPECT_EQ(container({{"AWS_CONTAINER_CREDENTIALS_FULL_URI", url}}).error().code, Errc::invalid) << url;
  EXPECT_EQ(http.requests().size(), 7U);
}

TEST_F(CredentialSourcesTest, the_authorization_token_file_is_read_at_each_fetch) {
  http.answer_by([](const HttpRequest&) { return HttpResponse{200, {}, kAnswer}; });
  const auto path = std::filesystem::path{::testing::TempDir()} / "hakoban-authorization-token";
  const std::map<std::string, std::string> variables{
      {"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://169.254.170.23/v1/credentials"},
      {"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", path.string()},
      {"AWS_CONTAINER_AUTHORIZATION_TOKEN", "unused"}};
  ASSERT_TRUE(replace_file(path, "first\n"));
  ASSERT_TRUE(container(variables));
  EXPECT_EQ(FakeHttpClient::header(http.last(), "Authorization"), "first");
  ASSERT_TRUE(replace_file(path, "second"));
  ASSERT_TRUE(container(variables));
  EXPECT_EQ(FakeHttpClient::header(http.last(), "Authorization"), "second");
  ASSERT_TRUE(replace_file(path, "one\r\nX-Injected: two"));
  EXPECT_EQ(container(variables).error().code, Errc::malformed);
  ASSERT_TRUE(remove_file(path));
  EXPECT_EQ(container(variables).error().code, Errc::unavailable) << "the chain must not go on without it";
}

TEST_F(CredentialSourcesTest, the_authorization_token_of_the_environment_is_sent) {
  http.answer(200, kAnswer);
  ASSERT_TRUE(container({{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1/x"},
                         {"AWS_CONTAINER_AUTHORIZATION_TOKEN", "Basic abc"}}));
  EXPECT_EQ(FakeHttpClient::header(http.last(), "Authorization"), "Basic abc");
}

TEST_F(CredentialSourcesTest, bad_answers_of_the_container_endpoint_are_told_apart) {
  const std::map<std::string, std::string> variables{{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x"}};
  for (const char* body :
       {"", "<html>", "[]", "{}", R"({"AccessKeyId":"a"})", R"({"AccessKeyId":1,"SecretAccessKey":2})",
        R"({"AccessKeyId":"a","SecretAccessKey":"b","Expiration":"tomorrow"})"}) {
    http.answer(200, body);
    EXPECT_EQ(container(variables).error().code, Errc::malformed) << body;
  }
  http.answer(500, "");
  EXPECT_EQ(container(variables).error().code, Errc::unavailable);
  http.answer(403, "");
  EXPECT_EQ(container(variables).error().code, Errc::denied);
}

TEST_F(CredentialSourcesTest, the_instance_role_comes_from_metadata) {
  http.answer(200, "TOKEN");
  http.answer(200, "my-role\n");
  http.answer(200, std::string{R"({"Code":"Success","Type":"AWS-HMAC",)"} + (kAnswer + 1));
  const auto found = InstanceCredentials{imds}.fetch({});
  ASSERT_TRUE(found) << found.error().what;
  EXPECT_EQ(*found, kFromAnswer);
  EXPECT_EQ(http.last().url, "http://169.254.169.254/latest/meta-data/iam/security-credentials/my-role");
}

TEST_F(CredentialSourcesTest, an_instance_without_role_or_with_a_failing_one_says_so) {
  http.answer(200, "TOKEN");
  http.answer(404, "");
  EXPECT_EQ(InstanceCredentials{imds}.fetch({}).error().code, Errc::not_found);
  http.answer(200, "my-role");
  http.answer(200, R"({"Code":"AssumeRoleUnauthorizedAccess","Message":"EC2 cannot assume the role"})");
  const auto failing = InstanceCredentials{imds}.fetch({});
  EXPECT_EQ(failing.error().code, Errc::unavailable);
  EXPECT_THAT(failing.error().what, HasSubstr("EC2 cannot assume the role"));
  http.answer(200, "../../user-data");
  EXPECT_EQ(InstanceCredentials{imds}.fetch({}).error().code, Errc::malformed);
}

TEST_F(CredentialSourcesTest, the_chain_takes_the_first_source_that_is_set_up) {
  const auto from_environment = usual_credentials(
      http, imds, fake_environment({{"AWS_ACCESS_KEY_ID", "AKID"}, {"AWS_SECRET_ACCESS_KEY", "s"}}));
  EXPECT_EQ(from_environment->fetch({})->access_key_id, "AKID");
  EXPECT_THAT(http.requests(), IsEmpty());
}

TEST_F(CredentialSourcesTest, a_source_that_is_set_up_and_fails_ends_the_chain) {
  http.answer(500, "");
  const auto chain =
      usual_credentials(http, imds, fake_environment({{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x"}}));
  const auto found = chain->fetch({});
  EXPECT_EQ(found.error().code, Errc::unavailable);
  EXPECT_THAT(found.error().what, HasSubstr("container endpoint: status 500"));
  EXPECT_EQ(http.requests().size(), 1U);
}

TEST_F(CredentialSourcesTest, a_chain_without_any_names_all_that_was_tried) {
  const auto found =
      usual_credentials(http, imds, fake_environment({{"AWS_EC2_METADATA_DISABLED", "true"}}))->fetch({});
  EXPECT_EQ(found.error().code, Errc::denied);
  EXPECT_THAT(found.error().what,
              HasSubstr("environment: AWS_ACCESS_KEY_ID is not set; container endpoint: "));
  EXPECT_THAT(http.requests(), IsEmpty());
}

}  // namespace
}  // namespace hakoban
