#include "platform/imds/imds_client.h"

#include <algorithm>
#include <utility>

#include <boost/algorithm/string/predicate.hpp>
#include <boost/algorithm/string/trim.hpp>
#include <fmt/format.h>

namespace hakoban {
namespace {

// A token is renewed when this part of its life is left, so that none expires on its way.
constexpr int kRenewWhenLeft = 10;  // one tenth

// Base64 as a rule; surely nothing that could break a header line or begin a page.
bool is_token(std::string_view text) {
  const auto fits = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           std::string_view{"+/=-_.~"}.find(c) != std::string_view::npos;
  };
  return !text.empty() && text.size() <= 1024 && std::all_of(text.begin(), text.end(), fits);
}

// Metadata is text or JSON. Markup means that somebody else answers: a proxy, a captive portal.
bool is_metadata(std::string_view body) {
  const auto first = body.find_first_not_of(" \t\r\n");
  const bool markup = first != std::string_view::npos && body[first] == '<';
  return !markup && body.find('\0') == std::string_view::npos;
}

Error refusal(std::string_view what, int status) {
  const Errc code = status == 401 || status == 403 ? Errc::denied
                    : status == 429                ? Errc::throttled
                    : status >= 500                ? Errc::unavailable
                                                   : Errc::malformed;
  return {code, fmt::format("{}: status {}", what, status)};
}

}  // namespace

ImdsConfig imds_config(const Environment& environment) {
  ImdsConfig config;
  config.disabled = boost::algorithm::iequals(environment("AWS_EC2_METADATA_DISABLED").value_or(""), "true");
  const auto mode = environment("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE").value_or("");
  if (boost::algorithm::iequals(mode, "ipv6")) config.endpoint = "http://[fd00:ec2::254]";
  if (const auto endpoint = environment("AWS_EC2_METADATA_SERVICE_ENDPOINT"); endpoint && !endpoint->empty())
    config.endpoint = boost::algorithm::trim_right_copy_if(*endpoint, [](char c) { return c == '/'; });
  return config;
}

ImdsClient::ImdsClient(HttpClient& http, const Clock& clock, prometheus::Registry& registry,
                       ImdsConfig config)
    : http_(http),
      clock_(clock),
      config_(std::move(config)),
      requests_(prometheus::BuildCounter()
                    .Name("hakoban_imds_requests_total")
                    .Help("Exchanges with instance metadata, tokens included")
                    .Register(registry)
                    .Add({})),
      token_fetches_(prometheus::BuildCounter()
                         .Name("hakoban_imds_token_fetches_total")
                         .Help("Tokens asked of instance metadata")
                         .Register(registry)
                         .Add({})),
      failures_(prometheus::BuildCounter()
                    .Name("hakoban_imds_failures_total")
                    .Help("Reads of instance metadata that failed, by reason")
                    .Register(registry)) {}

Result<std::optional<std::string>> ImdsClient::get(std::string_view path, const std::stop_token& stop) {
  if (config_.disabled)
    return Error{Errc::unavailable, "instance metadata: switched off by AWS_EC2_METADATA_DISABLED"};
  auto text = fetch(path, stop);
  if (!text) {
    if (text.error().code != Errc::cancelled)
      failures_.Add({{"reason", std::string{name_of(text.error().code)}}}).Increment();
    return text.error().within("instance metadata");
  }
  return text;
}

Result<std::optional<std::string>> ImdsClient::fetch(std::string_view path, const std::stop_token& stop) {
  for (int attempt = 1;; ++attempt) {
    const auto token = this->token(stop);
    if (!token) return token.error();
    auto answer = ask(path, *token, stop);
    if (!answer) return answer.error();
    if (answer->status == 401) forget(*token);
    if (answer->status == 401 && attempt == 1) continue;
    if (answer->status == 404) return std::optional<std::string>{};
    if (answer->status != 200) return refusal(path, answer->status);
    if (!is_metadata(answer->body)) return Error{Errc::malformed, fmt::format("{}: not metadata", path)};
    return std::optional<std::string>{std::move(answer->body)};
  }
}

Result<HttpResponse> ImdsClient::ask(std::string_view path, const std::string& token,
                                     const std::stop_token& stop) {
  HttpRequest request;
  request.url = fmt::format("{}{}", config_.endpoint, path);
  request.headers = {{"X-aws-ec2-metadata-token", token}};
  request.direct = true;
  request.connect_timeout = config_.connect_timeout;
  request.timeout = config_.timeout;
  request.body_limit_bytes = config_.body_limit_bytes;
  requests_.Increment();
  return http_.send(request, stop);
}

// Two threads may fetch at the same time: then the last token stays, and both are good.
Result<std::string> ImdsClient::token(const std::stop_token& stop) {
  {
    const std::lock_guard lock{mutex_};
    if (!token_.text.empty() && clock_.steady() < token_.renew_at) return token_.text;
  }
  return fetch_token(stop);
}

Result<std::string> ImdsClient::fetch_token(const std::stop_token& stop) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(config_.token_life).count();
  HttpRequest request;
  request.method = "PUT";
  request.url = config_.endpoint + "/latest/api/token";
  request.headers = {{"X-aws-ec2-metadata-token-ttl-seconds", std::to_string(seconds)}};
  request.direct = true;
  request.connect_timeout = config_.connect_timeout;
  request.timeout = config_.timeout;
  request.body_limit_bytes = config_.body_limit_bytes;
  requests_.Increment();
  token_fetches_.Increment();
  const SteadyPoint asked = clock_.steady();
  const auto answer = http_.send(request, stop);
  if (!answer) return answer.error().within("token");
  if (answer->status != 200) {
    // A server without this path is no metadata service of version 2.
    const bool nobody = answer->status == 404 || answer->status == 405;
    return nobody ? Error{Errc::unavailable, fmt::format("token: status {}", answer->status)}
                  : refusal("token", answer->status);
  }
  const std::string text = boost::algorithm::trim_copy(answer->body);
  if (!is_token(text)) return Error{Errc::malformed, "token: not a token"};
  const std::lock_guard lock{mutex_};
  token_ = {text, asked + config_.token_life - config_.token_life / kRenewWhenLeft};
  return text;
}

void ImdsClient::forget(const std::string& token) {
  const std::lock_guard lock{mutex_};
  if (token_.text == token) token_.text.clear();
}

}  // namespace hakoban
