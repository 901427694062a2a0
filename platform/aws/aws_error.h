// Reads what AWS, or whatever answered in its place, says when a call failed.
#pragma once

#include <string>
#include <string_view>

#include "core/result.h"
#include "platform/aws/endpoints.h"
#include "platform/http/http_client.h"

namespace hakoban {

// As far as the answer told; "" where it did not.
struct AwsProblem {
  std::string code;  // "ThrottlingException", "NoSuchBucket", without any "com.amazonaws.ecs#"
  std::string message;
  std::string request_id;
};

// Takes any body: JSON (`__type`, `code`), XML of ELB, S3 and EC2, HTML, garbage, nothing. Never throws.
[[nodiscard]] AwsProblem read_problem(const HttpResponse& answer);

// What a caller may do about it. Status alone decides where AWS gave no code.
[[nodiscard]] Errc classify_problem(int status, std::string_view code);

// The credentials' time is over: others may do.
[[nodiscard]] bool says_token_expired(std::string_view code);

// Our clock may be wrong.
[[nodiscard]] bool says_clock_may_be_skewed(std::string_view code);

// "ecs DescribeTasks: 400 ClusterNotFoundException: Cluster not found (request 6f0e…)".
[[nodiscard]] Error error_of(AwsService service, std::string_view action, const HttpResponse& answer);

// For a 2xx answer that is not what it should be: "elbv2 DescribeTargetHealth: 200 but not its XML:
// '<html>…'".
[[nodiscard]] Error unreadable(AwsService service, std::string_view action, const HttpResponse& answer,
                               std::string_view expected);

}  // namespace hakoban
