#include "platform/aws/credential_sources.h"

#include <algorithm>
#include <array>
#include <utility>

#include <boost/algorithm/string/trim.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "platform/files.h"
#include "platform/imds/imds_client.h"
#include "platform/json_fields.h"

namespace hakoban {
namespace {

constexpr std::string_view kEcsAddress = "http://169.254.170.2";
constexpr std::string_view kRolePath = "/latest/meta-data/iam/security-credentials/";

// Where plain http may carry credentials: the SDKs' list for AWS_CONTAINER_CREDENTIALS_FULL_URI.
constexpr std::array<std::string_view, 4> kTrustedHosts{"169.254.170.2", "169.254.170.23", "[fd00:ec2::23]",
                                                        "localhost"};

std::string variable(const Environment& environment, const char* name) {
  return environment(name).value_or("");
}

bool is_loopback(std::string_view host) {
  const bool v4 = host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string_view::npos;
  return v4 || host == "[::1]";
}

// "http://[::1]:80/x" → "[::1]"
std::string_view host_of(std::string_view url) {
  url.remove_prefix(url.find("://") + 3);
  url = url.substr(0, url.find_first_of("/?#"));
  if (url.starts_with('[')) return url.substr(0, url.find(']') + 1);
  return url.substr(0, url.find(':'));
}

bool may_ask(std::string_view url) {
  if (url.find('@') != std::string_view::npos) return false;
  if (url.starts_with("https://")) return true;
  if (!url.starts_with("http://")) return false;
  const auto host = host_of(url);
  return is_loopback(host) ||
         std::find(kTrustedHosts.begin(), kTrustedHosts.end(), host) != kTrustedHosts.end();
}

// What the container endpoint and instance metadata both answer. `Code` is instance metadata's: "Success", or
// why there are none.
Result<Credentials> read_credentials(std::string_view text) {
  const auto answer = nlohmann::json::parse(text, nullptr, false);
  if (!answer.is_object()) return Error{Errc::malformed, "not a JSON object"};
  if (const auto code = text_of(answer, "Code"); !code.empty() && code != "Success")
    return Error{Errc::unavailable, fmt::format("{}: {}", code, text_of(answer, "Message"))};
  Credentials read{
      text_of(answer, "AccessKeyId"), text_of(answer, "SecretAccessKey"), text_of(answer, "Token"), {}};
  if (read.access_key_id.empty() || read.secret_access_key.empty())
    return Error{Errc::malformed, "without AccessKeyId and SecretAccessKey"};
  if (const auto expiration = text_of(answer, "Expiration"); !expiration.empty()) {
    const auto time = parse_rfc3339(expiration);
    if (!time) return Error{Errc::malformed, "Expiration: " + time.error().what};
    read.expires_at = *time;
  }
  return read;
}

}  // namespace

EnvironmentCredentials::EnvironmentCredentials(Environment environment)
    : environment_(std::move(environment)) {}

Result<Credentials> EnvironmentCredentials::fetch(const std::stop_token&) {
  Credentials read{variable(environment_, "AWS_ACCESS_KEY_ID"),
                   variable(environment_, "AWS_SECRET_ACCESS_KEY"),
                   variable(environment_, "AWS_SESSION_TOKEN"), std::nullopt};
  if (read.access_key_id.empty() && read.secret_access_key.empty())
    return Error{Errc::not_found, "AWS_ACCESS_KEY_ID is not set"};
  if (read.access_key_id.empty() || read.secret_access_key.empty())
    return Error{Errc::invalid, "of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY only one is set"};
  return read;
}

ContainerCredentials::ContainerCredentials(HttpClient& http, Environment environment)
    : http_(http), environment_(std::move(environment)) {}

Result<std::string> ContainerCredentials::authorization() const {
  const auto file = variable(environment_, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
  std::string token = variable(environment_, "AWS_CONTAINER_AUTHORIZATION_TOKEN");
  if (!file.empty()) {
    auto text = read_file(file, 64 << 10);
    // A missing file is the endpoint's trouble, not a sign that the next source should be asked.
    if (!text) return Error{Errc::unavailable, "authorization token: " + text.error().what};
    token = boost::algorithm::trim_copy(*text);
  }
  if (token.find_first_of("\r\n") != std::string::npos)
    return Error{Errc::malformed, "authorization token: more than one line"};
  return token;
}

Result<Credentials> ContainerCredentials::fetch(const std::stop_token& stop) {
  const auto relative = variable(environment_, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
  const auto full = variable(environment_, "AWS_CONTAINER_CREDENTIALS_FULL_URI");
  if (relative.empty() && full.empty())
    return Error{Errc::not_found, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI is not set"};
  HttpRequest request;
  request.url = relative.empty() ? full : fmt::format("{}{}", kEcsAddress, relative);
  if (!relative.starts_with('/') && !relative.empty())
    return Error{Errc::invalid, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI does not begin with '/'"};
  if (!may_ask(request.url))
    return Error{Errc::invalid, fmt::format("{}: neither https nor a trusted address", request.url)};
  request.direct = true;
  request.connect_timeout = 1s;
  request.timeout = 5s;
  request.body_limit_bytes = 64 << 10;
  auto token = authorization();
  if (!token) return token.error();
  if (!token->empty()) request.headers.emplace_back("Authorization", std::move(*token));

  const auto answer = http_.send(request, stop);
  if (!answer) return answer.error();
  if (answer->status == 200) return read_credentials(answer->body);
  const Errc code = answer->status == 429   ? Errc::throttled
                    : answer->status >= 500 ? Errc::unavailable
                                            : Errc::denied;
  return Error{code, fmt::format("status {}", answer->status)};
}

InstanceCredentials::InstanceCredentials(Imds& imds) : imds_(imds) {}

Result<Credentials> InstanceCredentials::fetch(const std::stop_token& stop) {
  const auto roles = imds_.get(kRolePath, stop);
  if (!roles) return roles.error();
  // One role an instance; the list is for the day when there are more.
  const std::string text = boost::algorithm::trim_copy(roles->value_or(""));
  const std::string role = text.substr(0, text.find_first_of("\r\n"));
  if (role.empty()) return Error{Errc::not_found, "the instance has no role"};
  const bool name =
      role.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+=,.@_-") ==
      std::string::npos;
  if (!name) return Error{Errc::malformed, "role: not the name of a role"};
  const auto answer = imds_.get(fmt::format("{}{}", kRolePath, role), stop);
  if (!answer) return answer.error();
  if (!*answer) return Error{Errc::unavailable, fmt::format("role {}: no credentials yet", role)};
  auto credentials = read_credentials(**answer);
  if (!credentials) return credentials.error().within("role " + role);
  return credentials;
}

CredentialsChain::CredentialsChain(std::vector<std::unique_ptr<CredentialsSource>> sources)
    : sources_(std::move(sources)) {}

Result<Credentials> CredentialsChain::fetch(const std::stop_token& stop) {
  std::string tried;
  for (const auto& source : sources_) {
    auto found = source->fetch(stop);
    if (found) return found;
    if (found.error().code != Errc::not_found) return found.error().within(source->name());
    tried += fmt::format("{}{}: {}", tried.empty() ? "" : "; ", source->name(), found.error().what);
  }
  return Error{Errc::denied, fmt::format("no AWS credentials ({})", tried)};
}

std::unique_ptr<CredentialsSource> usual_credentials(HttpClient& http, Imds& imds,
                                                     const Environment& environment) {
  std::vector<std::unique_ptr<CredentialsSource>> sources;
  sources.push_back(std::make_unique<EnvironmentCredentials>(environment));
  sources.push_back(std::make_unique<ContainerCredentials>(http, environment));
  if (!imds_config(environment).disabled) sources.push_back(std::make_unique<InstanceCredentials>(imds));
  return std::make_unique<CredentialsChain>(std::move(sources));
}

}  // namespace hakoban
