#include "platform/aws/aws_error.h"

#include <algorithm>
#include <array>

#include <boost/algorithm/string/predicate.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <pugixml.hpp>

#include "platform/json_fields.h"

namespace hakoban {
namespace {

constexpr std::size_t kExcerpt = 120;

template <std::size_t N>
bool is_one_of(std::string_view code, const std::array<std::string_view, N>& codes) {
  return std::find(codes.begin(), codes.end(), code) != codes.end();
}

// The table of the SDKs' standard retry mode, and those of the services that we call.
constexpr std::array<std::string_view, 15> kThrottling{"Throttling",
                                                       "ThrottlingException",
                                                       "ThrottledException",
                                                       "RequestThrottled",
                                                       "RequestThrottledException",
                                                       "TooManyRequestsException",
                                                       "ProvisionedThroughputExceededException",
                                                       "TransactionInProgressException",
                                                       "RequestLimitExceeded",
                                                       "BandwidthLimitExceeded",
                                                       "LimitExceededException",
                                                       "SlowDown",
                                                       "PriorRequestNotComplete",
                                                       "EC2ThrottledException",
                                                       "Throttled"};

constexpr std::array<std::string_view, 4> kExpired{"ExpiredToken", "ExpiredTokenException",
                                                   "TokenRefreshRequired", "RequestExpired"};

constexpr std::array<std::string_view, 7> kSkewed{
    "RequestTimeTooSkewed",          "RequestInTheFuture", "SignatureDoesNotMatch",
    "InvalidSignatureException",     "RequestExpired",     "AuthFailure",
    "SignatureDoesNotMatchException"};

constexpr std::array<std::string_view, 22> kDenied{"AccessDenied",
                                                   "AccessDeniedException",
                                                   "AccessDeniedByPolicy",
                                                   "UnauthorizedOperation",
                                                   "UnauthorizedException",
                                                   "NotAuthorized",
                                                   "AuthFailure",
                                                   "AllAccessDisabled",
                                                   "AccountProblem",
                                                   "OptInRequired",
                                                   "SubscriptionRequiredException",
                                                   "UnrecognizedClientException",
                                                   "InvalidClientTokenId",
                                                   "InvalidAccessKeyId",
                                                   "InvalidToken",
                                                   "MissingAuthenticationToken",
                                                   "MissingAuthenticationTokenException",
                                                   "IncompleteSignature",
                                                   "IncompleteSignatureException",
                                                   "SignatureDoesNotMatch",
                                                   "InvalidSignatureException",
                                                   "RequestTimeTooSkewed"};

constexpr std::array<std::string_view, 10> kUnavailable{"ServiceUnavailable",
                                                        "ServiceUnavailableException",
                                                        "Unavailable",
                                                        "InternalError",
                                                        "InternalFailure",
                                                        "InternalServerError",
                                                        "ServerException",
                                                        "OperationAborted",
                                                        "ConditionalRequestConflict",
                                                        "InternalServerException"};

// "com.amazonaws.ecs#ClientException:http://…" → "ClientException"
std::string bare_code(std::string_view code) {
  code = code.substr(0, std::min(code.find(':'), code.size()));
  const auto hash = code.rfind('#');
  return std::string{hash == std::string_view::npos ? code : code.substr(hash + 1)};
}

std::string first_text(std::initializer_list<std::string> candidates) {
  for (const auto& text : candidates)
    if (!text.empty()) return text;
  return {};
}

void read_json(const std::string& body, AwsProblem& problem) {
  const auto answer = nlohmann::json::parse(body, nullptr, false);
  if (answer.is_discarded()) return;
  problem.code =
      bare_code(first_text({text_of(answer, "__type"), text_of(answer, "code"), text_of(answer, "Code")}));
  problem.message = first_text({text_of(answer, "message"), text_of(answer, "Message")});
}

// <ErrorResponse><Error>… (ELB, STS, IAM), <Error>… (S3), <Response><Errors><Error>… (EC2).
void read_xml(const std::string& body, AwsProblem& problem) {
  pugi::xml_document document;
  if (!document.load_buffer(body.data(), body.size())) return;
  const auto root = document.document_element();
  auto error = std::string_view{root.name()} == "Error" ? root : root.child("Error");
  if (!error) error = root.child("Errors").child("Error");
  if (!error) return;
  problem.code = bare_code(error.child_value("Code"));
  problem.message = error.child_value("Message");
  problem.request_id = first_text(
      {root.child_value("RequestId"), root.child_value("RequestID"), error.child_value("RequestId")});
}

// The beginning of a text that may be anything, fit for one log line.
std::string excerpt(std::string_view text) {
  std::string shown;
  for (const char c : text.substr(0, kExcerpt)) shown += c >= ' ' && c <= '~' ? c : ' ';
  return text.size() > kExcerpt ? shown + "…" : shown;
}

}  // namespace

AwsProblem read_problem(const HttpResponse& answer) {
  AwsProblem problem;
  const auto begin = answer.body.find_first_not_of(" \t\r\n\xef\xbb\xbf");
  const char first = begin == std::string::npos ? '\0' : answer.body[begin];
  if (first == '{') read_json(answer.body, problem);
  if (first == '<') read_xml(answer.body, problem);
  if (problem.code.empty()) problem.code = bare_code(answer.header("x-amzn-errortype").value_or(""));
  for (const char* name : {"x-amzn-requestid", "x-amz-request-id"})
    if (problem.request_id.empty()) problem.request_id = answer.header(name).value_or("");
  return problem;
}

Errc classify_problem(int status, std::string_view code) {
  if (is_one_of(code, kThrottling)) return Errc::throttled;
  if (is_one_of(code, kExpired) || is_one_of(code, kDenied)) return Errc::denied;
  if (is_one_of(code, kUnavailable)) return status == 503 ? Errc::throttled : Errc::unavailable;
  if (code == "RequestTimeout" || code == "RequestTimeoutException") return Errc::timeout;
  // Another write of the same key is under way.
  if (code == "ConditionalRequestConflict" || code == "OperationAborted") return Errc::unavailable;
  if (code == "PreconditionFailed" || code == "ConditionalCheckFailedException") return Errc::exists;
  if (boost::algorithm::contains(code, "NotFound") || code.starts_with("NoSuch")) return Errc::not_found;
  if (status == 429 || status == 503) return Errc::throttled;
  if (status >= 500) return Errc::unavailable;
  if (status == 401 || status == 403) return Errc::denied;
  if (status == 404) return Errc::not_found;
  if (status == 412) return Errc::exists;
  if (status == 408) return Errc::timeout;
  if (status >= 300) return Errc::invalid;
  return Errc::malformed;  // 1xx, or a success that was taken for a failure
}

bool says_token_expired(std::string_view code) {
  return is_one_of(code, kExpired);
}

bool says_clock_may_be_skewed(std::string_view code) {
  return is_one_of(code, kSkewed);
}

Error error_of(AwsService service, std::string_view action, const HttpResponse& answer) {
  const auto problem = read_problem(answer);
  std::string what = fmt::format("{} {}: {}", name_of(service), action, answer.status);
  if (problem.code.empty() && !answer.body.empty()) {
    what += fmt::format(" without an error code of AWS: '{}'", excerpt(answer.body));
  } else if (problem.code.empty()) {
    what += " with an empty answer";
  } else {
    what += fmt::format(" {}: {}", excerpt(problem.code), excerpt(problem.message));
  }
  if (const auto region = answer.header("x-amz-bucket-region"); region && answer.status == 301)
    what += fmt::format(" (the bucket is in {})", excerpt(*region));
  if (!problem.request_id.empty()) what += fmt::format(" (request {})", excerpt(problem.request_id));
  return {classify_problem(answer.status, problem.code), what};
}

Error unreadable(AwsService service, std::string_view action, const HttpResponse& answer,
                 std::string_view expected) {
  return {Errc::malformed, fmt::format("{} {}: {} but not {}: '{}'", name_of(service), action, answer.status,
                                       expected, excerpt(answer.body))};
}

}  // namespace hakoban
