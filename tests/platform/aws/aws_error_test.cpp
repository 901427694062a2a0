#include "platform/aws/aws_error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hakoban {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

struct Answer {
  std::string name;
  HttpResponse answer;
  Errc code;
  std::string says;
};

// Bodies as AWS's API references and recorded answers show them.
const std::vector<Answer> kAnswers{
    {"json_with_type",
     {400,
      {{"x-amzn-RequestId", "6f0e"}},
      R"({"__type":"ClusterNotFoundException","message":"Cluster not found."})"},
     Errc::not_found,
     "ecs Test: 400 ClusterNotFoundException: Cluster not found. (request 6f0e)"},
    {"json_with_namespace",
     {400, {}, R"({"__type":"com.amazonaws.ecs#ThrottlingException","message":"Rate exceeded"})"},
     Errc::throttled,
     "ThrottlingException: Rate exceeded"},
    {"json_invalid_parameter",
     {400, {}, R"({"__type":"InvalidParameterException","message":"Tasks cannot be empty."})"},
     Errc::invalid,
     "InvalidParameterException"},
    {"json_client",
     {400, {}, R"({"__type":"ClientException","message":"no"})"},
     Errc::invalid,
     "ClientException"},
    {"json_denied",
     {400, {}, R"({"__type":"AccessDeniedException","Message":"User: x is not authorized"})"},
     Errc::denied,
     "AccessDeniedException: User: x is not authorized"},
    {"json_server",
     {500, {}, R"({"__type":"ServerException","message":"Service Unavailable."})"},
     Errc::unavailable,
     "ServerException"},
    {"json_server_with_odd_status",
     {400, {}, R"({"__type":"ServerException"})"},
     Errc::unavailable,
     "ServerException"},
    {"header_says_it",
     {400, {{"x-amzn-ErrorType", "ThrottledException:http://internal.amazon.com/coral/"}}, ""},
     Errc::throttled,
     "400 ThrottledException"},
    {"query_xml",
     {400, {}, R"(<ErrorResponse xmlns="http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/"><Error>
       <Type>Sender</Type><Code>TargetGroupNotFound</Code><Message>One or more target groups not found</Message>
       </Error><RequestId>b9fd</RequestId></ErrorResponse>)"},
     Errc::not_found,
     "TargetGroupNotFound: One or more target groups not found (request b9fd)"},
    {"query_xml_throttling",
     {400,
      {},
      "<ErrorResponse><Error><Code>Throttling</Code><Message>Rate "
      "exceeded</Message></Error></ErrorResponse>"},
     Errc::throttled,
     "Throttling: Rate exceeded"},
    {"ec2_xml",
     {503, {}, R"(<?xml version="1.0"?><Response><Errors><Error><Code>RequestLimitExceeded</Code>
       <Message>Request limit exceeded.</Message></Error></Errors><RequestID>ea96</RequestID></Response>)"},
     Errc::throttled,
     "RequestLimitExceeded: Request limit exceeded. (request ea96)"},
    {"s3_xml",
     {404,
      {},
      R"(<?xml version="1.0" encoding="UTF-8"?><Error><Code>NoSuchBucket</Code><Message>The specified bucket does not exist</Message><BucketName>b</BucketName><RequestId>4442</RequestId></Error>)"},
     Errc::not_found,
     "NoSuchBucket: The specified bucket does not exist (request 4442)"},
    {"s3_slow_down", {503, {}, "<Error><Code>SlowDown</Code></Error>"}, Errc::throttled, "SlowDown"},
    {"s3_internal",
     {500, {}, "<Error><Code>InternalError</Code></Error>"},
     Errc::unavailable,
     "InternalError"},
    {"s3_request_timeout",
     {400, {}, "<Error><Code>RequestTimeout</Code></Error>"},
     Errc::timeout,
     "RequestTimeout"},
    {"s3_precondition",
     {412, {}, "<Error><Code>PreconditionFailed</Code></Error>"},
     Errc::exists,
     "PreconditionFailed"},
    {"s3_other_region",
     {301, {{"x-amz-bucket-region", "eu-west-1"}}, "<Error><Code>PermanentRedirect</Code></Error>"},
     Errc::invalid,
     "the bucket is in eu-west-1"},
    {"xml_where_json_was_due",
     {403, {}, "<ErrorResponse><Error><Code>SignatureDoesNotMatch</Code></Error></ErrorResponse>"},
     Errc::denied,
     "SignatureDoesNotMatch"},
    {"html",
     {500, {}, "<!doctype html>\n<html lang=en>\n<title>500</title>\x01"},
     Errc::unavailable,
     "500 without an error code of AWS: '<!doctype html> <html lang=en> <title>500</title> '"},
    {"html_of_a_gateway",
     {503, {}, "<html><body><h1>503</h1></body></html>"},
     Errc::throttled,
     "<h1>503</h1>"},
    {"empty", {502, {}, ""}, Errc::unavailable, "ecs Test: 502 with an empty answer"},
    {"too_many", {429, {}, "slow down"}, Errc::throttled, "429"},
    {"garbage",
     {400, {}, std::string{"\0\xff{\"__type\":1", 12}},
     Errc::invalid,
     "400 without an error code"},
    {"json_of_other_types", {400, {}, R"({"__type":{"a":1},"message":[1]})"}, Errc::invalid, "400 without"},
    {"broken_json", {403, {}, R"({"__type":"Acc)"}, Errc::denied, "403 without"},
    {"broken_xml", {404, {}, "<Error><Code>NoSuch"}, Errc::not_found, "404"},
};

TEST(AwsError, tells_every_kind_of_answer_in_one_line) {
  for (const auto& [name, answer, code, says] : kAnswers) {
    const Error error = error_of(AwsService::ecs, "Test", answer);
    EXPECT_EQ(error.code, code) << name << ": " << error.what;
    EXPECT_THAT(error.what, HasSubstr(says)) << name;
    EXPECT_THAT(error.what, Not(HasSubstr("\n"))) << name;
  }
}

TEST(AwsError, shows_only_the_beginning_of_a_long_answer) {
  const auto error = error_of(AwsService::s3, "PutObject", {500, {}, std::string(100000, 'x')});
  EXPECT_THAT(error.what, HasSubstr(std::string(120, 'x') + "…'"));
  EXPECT_LT(error.what.size(), 250U);
}

TEST(AwsError, an_unreadable_success_names_what_was_expected) {
  const auto error =
      unreadable(AwsService::ecs, "DescribeTasks", {200, {}, "<html>hello</html>"}, "a JSON object");
  EXPECT_EQ(error.code, Errc::malformed);
  EXPECT_EQ(error.what, "ecs DescribeTasks: 200 but not a JSON object: '<html>hello</html>'");
}

TEST(AwsError, knows_which_codes_other_credentials_or_a_right_clock_may_cure) {
  EXPECT_TRUE(says_token_expired("ExpiredTokenException"));
  EXPECT_TRUE(says_token_expired("ExpiredToken"));
  EXPECT_FALSE(says_token_expired("AccessDenied"));
  EXPECT_TRUE(says_clock_may_be_skewed("RequestTimeTooSkewed"));
  EXPECT_TRUE(says_clock_may_be_skewed("InvalidSignatureException"));
  EXPECT_FALSE(says_clock_may_be_skewed("ThrottlingException"));
}

}  // namespace
}  // namespace hakoban
