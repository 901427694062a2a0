#include "platform/aws/aws_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pugixml.hpp>

#include "tests/fakes/fake_aws.h"
#include "tests/fakes/registry_values.h"

namespace hakoban {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr std::string_view kTarget = "AmazonEC2ContainerServiceV20141113.ListClusters";

Result<json> list_clusters(FakeAws& aws, const AwsRetryPolicy& policy = {},
                           const std::stop_token& stop = {}) {
  return aws.client.call_json(AwsService::ecs, kTarget, json::object(), policy, stop);
}

std::string throttled() {
  return R"({"__type":"ThrottlingException","message":"Rate exceeded"})";
}

TEST(AwsClient, a_json_call_is_signed_and_counted) {
  FakeAws aws;
  aws.http.answer(200, R"({"clusterArns":[]})");
  const auto answer = list_clusters(aws);
  ASSERT_TRUE(answer) << answer.error().what;
  EXPECT_TRUE(answer->contains("clusterArns"));
  const auto request = aws.http.last();
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.url, "https://ecs.eu-west-1.amazonaws.com/");
  EXPECT_EQ(request.body, "{}");
  EXPECT_EQ(FakeHttpClient::header(request, "Content-Type"), "application/x-amz-json-1.1");
  EXPECT_EQ(FakeHttpClient::header(request, "X-Amz-Date"), "20261123T120000Z");
  EXPECT_EQ(FakeHttpClient::header(request, "X-Amz-Security-Token"), "old-token");
  EXPECT_THAT(FakeHttpClient::header(request, "Authorization"),
              HasSubstr("Credential=AKIDOLD/20261123/eu-west-1/ecs/aws4_request, "
                        "SignedHeaders=content-type;host;x-amz-date;x-amz-security-token;x-amz-target"));
  EXPECT_EQ(value_in(aws.registry, "hakoban_aws_requests_total",
                     {{"service", "ecs"}, {"action", "ListClusters"}, {"outcome", "ok"}}),
            1);
}

TEST(AwsClient, a_query_call_sends_a_form_and_reads_its_xml) {
  FakeAws aws{FakeAws::config("http://127.0.0.1:5000")};
  aws.http.answer(200, "<DoThisResponse><DoThisResult><X>1</X></DoThisResult></DoThisResponse>");
  const auto answer = aws.client.call_query(AwsService::elb_v2, "2015-12-01", "DoThis",
                                            {{"A.member.1", "x y&z"}}, AwsRetryPolicy::none(), {});
  ASSERT_TRUE(answer) << answer.error().what;
  EXPECT_STREQ(answer->document_element().child("DoThisResult").child_value("X"), "1");
  EXPECT_EQ(aws.http.last().url, "http://127.0.0.1:5000/");
  EXPECT_EQ(aws.http.last().body, "Action=DoThis&Version=2015-12-01&A.member.1=x+y%26z");
  EXPECT_THAT(FakeHttpClient::header(aws.http.last(), "Authorization"), HasSubstr("/elasticloadbalancing/"));
}

TEST(AwsClient, passing_failures_are_tried_again_with_growing_waits) {
  FakeAws aws;
  aws.http.answer(400, throttled());
  aws.http.answer(Error{Errc::timeout, "no answer"});
  aws.http.answer(200, "{}");
  ASSERT_TRUE(list_clusters(aws));
  EXPECT_THAT(aws.clock.sleeps(), ElementsAre(Duration{100ms}, Duration{200ms}));
  EXPECT_EQ(value_in(aws.registry, "hakoban_aws_retries_total", {{"action", "ListClusters"}}), 2);
  EXPECT_EQ(value_in(aws.registry, "hakoban_aws_throttles_total", {{"service", "ecs"}}), 1);
  EXPECT_EQ(value_in(aws.registry, "hakoban_aws_requests_total", {{"outcome", "timeout"}}), 1);
}

TEST(AwsClient, gives_up_when_the_attempts_are_used_up_and_says_so) {
  FakeAws aws;
  aws.http.answer_by([](const HttpRequest&) { return HttpResponse{400, {}, throttled()}; });
  const auto answer = list_clusters(aws);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::throttled);
  EXPECT_THAT(answer.error().what, HasSubstr("3 attempts: ecs ListClusters: 400 ThrottlingException"));
  EXPECT_EQ(aws.http.requests().size(), 3U);
}

TEST(AwsClient, lasting_failures_are_not_tried_again) {
  FakeAws aws;
  aws.http.answer(400, R"({"__type":"InvalidParameterException","message":"no"})");
  EXPECT_EQ(list_clusters(aws).error().code, Errc::invalid);
  EXPECT_EQ(aws.http.requests().size(), 1U);
  EXPECT_THAT(aws.clock.sleeps(), IsEmpty());
}

TEST(AwsClient, the_budget_ends_the_tries_and_shortens_the_last) {
  FakeAws aws;
  aws.http.answer_by([&](const HttpRequest&) -> Result<HttpResponse> {
    aws.clock.advance(2s);
    return Error{Errc::timeout, "no answer"};
  });
  AwsRetryPolicy policy;
  policy.attempts = 100;
  policy.timeout = 2s;
  policy.until = aws.clock.steady() + 5s;
  EXPECT_EQ(list_clusters(aws, policy).error().code, Errc::timeout);
  const auto requests = aws.http.requests();
  ASSERT_EQ(requests.size(), 3U);
  EXPECT_EQ(requests.front().timeout, Duration{2s});
  EXPECT_EQ(requests.back().timeout, Duration{5s - 2 * 2s - 100ms - 200ms});
  EXPECT_EQ(list_clusters(aws, policy).error().code, Errc::timeout);
  EXPECT_EQ(aws.http.requests().size(), 3U) << "nothing is begun after the budget";
}

TEST(AwsClient, a_stop_ends_the_waiting) {
  FakeAws aws;
  std::stop_source stop;
  aws.http.answer_by([&](const HttpRequest&) {
    stop.request_stop();
    return HttpResponse{500, {}, ""};
  });
  EXPECT_EQ(list_clusters(aws, {}, stop.get_token()).error().code, Errc::cancelled);
  EXPECT_EQ(aws.http.requests().size(), 1U);
}

TEST(AwsClient, an_expired_token_is_replaced_once) {
  FakeAws aws;
  aws.http.answer(400, R"({"__type":"ExpiredTokenException","message":"expired"})");
  aws.http.answer(200, "{}");
  ASSERT_TRUE(list_clusters(aws, AwsRetryPolicy::none()));
  EXPECT_EQ(aws.credentials.replaced, 1);
  EXPECT_EQ(FakeHttpClient::header(aws.http.last(), "X-Amz-Security-Token"), "new-token");
}

TEST(AwsClient, a_token_that_cannot_be_replaced_is_not_tried_twice) {
  FakeAws aws;
  aws.credentials.next = aws.credentials.current;
  aws.http.answer(400, R"({"__type":"ExpiredTokenException","message":"expired"})");
  EXPECT_EQ(list_clusters(aws).error().code, Errc::denied);
  EXPECT_EQ(aws.http.requests().size(), 1U);
}

TEST(AwsClient, credentials_that_cannot_be_had_are_named_as_the_cause) {
  FakeAws aws;
  aws.credentials.current = Error{Errc::denied, "no AWS credentials"};
  const auto answer = list_clusters(aws);
  EXPECT_EQ(answer.error().code, Errc::denied);
  EXPECT_EQ(answer.error().what, "ecs ListClusters: credentials: no AWS credentials");
  EXPECT_THAT(aws.http.requests(), IsEmpty());
}

TEST(AwsClient, a_wrong_clock_is_corrected_for_this_call_and_the_next) {
  FakeAws aws;
  aws.http.answer(400, R"({"__type":"InvalidSignatureException","message":"Signature expired"})",
                  {{"Date", "Mon, 23 Nov 2026 12:30:00 GMT"}});
  aws.http.answer(200, "{}");
  aws.http.answer(200, "{}");
  ASSERT_TRUE(list_clusters(aws, AwsRetryPolicy::none()));
  EXPECT_EQ(FakeHttpClient::header(aws.http.last(), "X-Amz-Date"), "20261123T123000Z");
  aws.clock.advance(10s);
  ASSERT_TRUE(list_clusters(aws, AwsRetryPolicy::none()));
  EXPECT_EQ(FakeHttpClient::header(aws.http.last(), "X-Amz-Date"), "20261123T123010Z");
}

TEST(AwsClient, a_clock_put_right_meanwhile_is_corrected_back) {
  FakeAws aws;
  aws.http.answer(403, "<Error><Code>RequestTimeTooSkewed</Code></Error>",
                  {{"Date", "Mon, 23 Nov 2026 12:30:00 GMT"}});
  aws.http.answer(200, "{}");
  ASSERT_TRUE(list_clusters(aws, AwsRetryPolicy::none()));
  aws.clock.jump_to(parse_rfc3339("2026-11-23T12:30:00Z").value());
  aws.http.answer(403, "<Error><Code>RequestTimeTooSkewed</Code></Error>",
                  {{"Date", "Mon, 23 Nov 2026 12:30:00 GMT"}});
  aws.http.answer(200, "{}");
  ASSERT_TRUE(list_clusters(aws, AwsRetryPolicy::none()));
  EXPECT_EQ(FakeHttpClient::header(aws.http.last(), "X-Amz-Date"), "20261123T123000Z");
}

TEST(AwsClient, a_wrong_secret_with_a_right_clock_is_denied_at_once) {
  FakeAws aws;
  aws.http.answer(403, "<ErrorResponse><Error><Code>SignatureDoesNotMatch</Code></Error></ErrorResponse>",
                  {{"Date", "Mon, 23 Nov 2026 12:00:30 GMT"}});
  EXPECT_EQ(list_clusters(aws).error().code, Errc::denied);
  EXPECT_EQ(aws.http.requests().size(), 1U);
}

TEST(AwsClient, success_with_another_shape_is_malformed) {
  for (const char* body : {"", "<html></html>", "[]", "null", "{", "\"text\""}) {
    FakeAws aws;
    aws.http.answer(200, body);
    const auto answer = list_clusters(aws);
    EXPECT_EQ(answer.error().code, Errc::malformed) << body;
    EXPECT_THAT(answer.error().what, HasSubstr("200 but not a JSON object")) << body;
    EXPECT_EQ(value_in(aws.registry, "hakoban_aws_unreadable_answers_total",
                       {{"service", "ecs"}, {"action", "ListClusters"}}),
              1);
  }
  for (const char* body : {"", "{}", "<html><p></html>", "<OtherResponse/>", "<DoThisResponse>"}) {
    FakeAws aws;
    aws.http.answer(200, body);
    const auto answer = aws.client.call_query(AwsService::elb_v2, "1", "DoThis", {}, {}, {});
    EXPECT_EQ(answer.error().code, Errc::malformed) << body;
  }
}

TEST(AwsClient, without_a_region_nothing_is_sent) {
  FakeAws aws{AwsConfig{}};
  EXPECT_EQ(list_clusters(aws).error().code, Errc::unavailable);
  EXPECT_THAT(aws.http.requests(), IsEmpty());
}

TEST(AwsClient, errors_never_carry_secrets) {
  FakeAws aws;
  aws.http.answer(Error{Errc::unavailable, "POST https://ecs.eu-west-1.amazonaws.com/: refused"});
  const auto what = list_clusters(aws, AwsRetryPolicy::none()).error().what;
  EXPECT_THAT(what, Not(HasSubstr("token")));
  EXPECT_THAT(what, Not(HasSubstr("AKID")));
}

}  // namespace
}  // namespace hakoban
