#include "platform/aws/aws_client.h"

#include <chrono>
#include <utility>

#include <boost/algorithm/string/replace.hpp>
#include <curl/curl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <pugixml.hpp>

#include "platform/aws/aws_error.h"
#include "platform/aws/sigv4.h"
#include "platform/log.h"

namespace hakoban {
namespace {

// AWS takes signatures up to 5 minutes old (S3: 15): below 4 the clock is not the trouble.
constexpr Duration kSkewWorthCorrecting = 4min;

// The Date header's time, by libcurl's reader of HTTP dates.
std::optional<TimePoint> date_of(const HttpResponse& answer) {
  const auto date = answer.header("Date");
  if (!date) return std::nullopt;
  const std::time_t seconds = curl_getdate(std::string{*date}.c_str(), nullptr);
  if (seconds <= 0) return std::nullopt;
  return TimePoint{std::chrono::seconds{seconds}};
}

std::string label_of(const AwsCall& call) {
  return fmt::format("{} {}", name_of(call.service), call.action);
}

// As forms are encoded, and as AWS's SDKs do it: like a URI, but a space is '+'.
std::string form_encoded(const AwsParams& params) {
  std::string body;
  for (const auto& [name, value] : params) {
    if (!body.empty()) body += '&';
    body.append(uri_encode(name, false)).append("=").append(uri_encode(value, false));
  }
  boost::algorithm::replace_all(body, "%20", "+");
  return body;
}

}  // namespace

AwsClient::AwsClient(HttpClient& http, CredentialsProvider& credentials, const Clock& clock,
                     prometheus::Registry& registry, AwsConfig config, Random random, CallGate* gate)
    : http_(http),
      credentials_(credentials),
      clock_(clock),
      config_(std::move(config)),
      random_(std::move(random)),
      gate_(gate),
      requests_(prometheus::BuildCounter()
                    .Name("hakoban_aws_requests_total")
                    .Help("Exchanges with AWS by outcome, each attempt of a retried call counted")
                    .Register(registry)),
      retries_(prometheus::BuildCounter()
                   .Name("hakoban_aws_retries_total")
                   .Help("Attempts made because the one before failed for a passing reason")
                   .Register(registry)),
      throttles_(prometheus::BuildCounter()
                     .Name("hakoban_aws_throttles_total")
                     .Help("Exchanges that AWS refused because there were too many")
                     .Register(registry)),
      unreadable_(prometheus::BuildCounter()
                      .Name("hakoban_aws_unreadable_answers_total")
                      .Help("Answers of success that were not what the call should give, such as HTML")
                      .Register(registry)),
      seconds_(prometheus::BuildHistogram()
                   .Name("hakoban_aws_request_duration_seconds")
                   .Help("Time of one exchange with AWS, failed ones too")
                   .Register(registry)) {}

Result<HttpResponse> AwsClient::call(const AwsCall& call, const AwsRetryPolicy& policy,
                                     const std::stop_token& stop) {
  const auto endpoint = resolve(config_, call.service);
  if (!endpoint) return endpoint.error().within(label_of(call));
  for (int attempt = 1;; ++attempt) {
    if (policy.timeout_at(clock_.steady()) <= Duration::zero())
      return Error{Errc::timeout, label_of(call) + ": no time left to call"};
    auto answer = try_once(call, *endpoint, policy, stop);
    if (answer || !answer.error().transient()) return answer;
    const auto wait = policy.wait_after(attempt, clock_.steady(), random_);
    if (!wait && attempt > 1) return answer.error().within(fmt::format("{} attempts", attempt));
    if (!wait) return answer;
    retries_.Add({{"service", std::string{name_of(call.service)}}, {"action", call.action}}).Increment();
    if (!clock_.sleep(*wait, stop)) return Error{Errc::cancelled, label_of(call) + ": stopped"};
  }
}

// One attempt in the eyes of the retry policy: an expired token and a wrong clock are put right underneath,
// once.
Result<HttpResponse> AwsClient::try_once(const AwsCall& call, const AwsEndpoint& endpoint,
                                         const AwsRetryPolicy& policy, const std::stop_token& stop) {
  auto credentials = credentials_.get(stop);
  if (!credentials) return credentials.error().within(label_of(call) + ": credentials");
  bool renewed = false;
  bool corrected = false;
  while (true) {
    auto answer = exchange(call, endpoint, *credentials, policy, stop);
    if (!answer) return answer;
    if (answer->status >= 200 && answer->status < 300) return answer;
    const std::string code = read_problem(*answer).code;
    if (says_clock_may_be_skewed(code) && !corrected && correct_clock(call, *answer)) {
      corrected = true;
    } else if (says_token_expired(code) && !renewed) {
      renewed = true;
      auto other = credentials_.replace(*credentials, stop);
      if (!other) return other.error().within(label_of(call) + ": credentials expired");
      if (*other == *credentials) return error_of(call.service, call.action, *answer);
      credentials = std::move(other);
    } else {
      return error_of(call.service, call.action, *answer);
    }
  }
}

Result<HttpResponse> AwsClient::exchange(const AwsCall& call, const AwsEndpoint& endpoint,
                                         const Credentials& credentials, const AwsRetryPolicy& policy,
                                         const std::stop_token& stop) {
  if (gate_ != nullptr)
    if (auto admitted = gate_->admit(call.service, call.action, policy.until, stop); !admitted)
      return admitted.error();
  const std::string host = call.host_prefix + endpoint.host;
  const UnsignedRequest plain{call.method, host,         endpoint.base_path + call.path,
                              call.query,  call.headers, call.body};
  const auto style = call.service == AwsService::s3 ? SigningStyle::s3() : SigningStyle{};
  auto ready = sign_v4(plain, credentials, {endpoint.region, endpoint.signing_name}, style,
                       clock_.now() + Duration{clock_correction_.load()});
  HttpRequest request;
  request.method = call.method;
  request.url = fmt::format("{}://{}{}", endpoint.scheme, host, ready.target);
  request.headers = std::move(ready.headers);
  request.body = call.body;
  const SteadyPoint begin = clock_.steady();
  request.connect_timeout = policy.connect_timeout;
  request.timeout = policy.timeout_at(begin);

  auto answer = http_.send(request, stop);

  const std::string service{name_of(call.service)};
  seconds_
      .Add({{"service", service}, {"action", call.action}},
           prometheus::Histogram::BucketBoundaries{0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60})
      .Observe(as_seconds(clock_.steady() - begin));
  std::string_view outcome = "ok";
  if (!answer) {
    outcome = name_of(answer.error().code);
  } else if (answer->status < 200 || answer->status >= 300) {
    const Errc code = classify_problem(answer->status, read_problem(*answer).code);
    outcome = name_of(code);
    if (code == Errc::throttled) {
      throttles_.Add({{"service", service}, {"action", call.action}}).Increment();
      if (gate_ != nullptr) gate_->throttled(call.service, call.action);
    }
  }
  requests_.Add({{"service", service}, {"action", call.action}, {"outcome", std::string{outcome}}})
      .Increment();
  if (!answer) return answer.error().within(label_of(call));
  return answer;
}

Error AwsClient::count_unreadable(AwsService service, const std::string& action, const HttpResponse& answer,
                                  std::string_view expected) {
  unreadable_.Add({{"service", std::string{name_of(service)}}, {"action", action}}).Increment();
  return unreadable(service, action, answer, expected);
}

// Whether the answer shows that our clock is off by more than AWS bears, and by other than what we correct
// already.
bool AwsClient::correct_clock(const AwsCall& call, const HttpResponse& answer) {
  const auto theirs = date_of(answer);
  if (!theirs) return false;
  const Duration wanted = *theirs - clock_.now();
  const Duration applied{clock_correction_.load()};
  if (std::chrono::abs(wanted - applied) < kSkewWorthCorrecting) return false;
  clock_correction_ = wanted.count();
  log::warn("the clock differs from AWS's: signing with a corrected time",
            {{"service", name_of(call.service)}, {"correction_seconds", as_seconds(wanted)}});
  return true;
}

Result<nlohmann::json> AwsClient::call_json(AwsService service, std::string_view target,
                                            const nlohmann::json& body, const AwsRetryPolicy& policy,
                                            const std::stop_token& stop) {
  AwsCall request;
  request.service = service;
  request.action = target.substr(target.rfind('.') + 1);
  const bool older = service == AwsService::sqs || service == AwsService::dynamodb;
  request.headers = {{"Content-Type", older ? "application/x-amz-json-1.0" : "application/x-amz-json-1.1"},
                     {"X-Amz-Target", std::string{target}}};
  request.body = body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  const auto answer = call(request, policy, stop);
  if (!answer) return answer.error();
  auto parsed = nlohmann::json::parse(answer->body, nullptr, false);
  if (!parsed.is_object()) return count_unreadable(service, request.action, *answer, "a JSON object");
  return Result<nlohmann::json>{boost::system::in_place_value, std::move(parsed)};
}

Result<pugi::xml_document> AwsClient::call_query(AwsService service, std::string_view version,
                                                 std::string_view action, AwsParams params,
                                                 const AwsRetryPolicy& policy, const std::stop_token& stop) {
  params.insert(params.begin(), {{"Action", std::string{action}}, {"Version", std::string{version}}});
  AwsCall request;
  request.service = service;
  request.action = action;
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"}};
  request.body = form_encoded(params);
  const auto answer = call(request, policy, stop);
  if (!answer) return answer.error();
  pugi::xml_document document;
  const auto parsed = document.load_buffer(answer->body.data(), answer->body.size());
  const std::string root = fmt::format("{}Response", action);
  if (!parsed || document.document_element().name() != root)
    return count_unreadable(service, request.action, *answer, fmt::format("the XML of {}", root));
  return document;
}

}  // namespace hakoban
