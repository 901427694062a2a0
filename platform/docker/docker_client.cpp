#include "platform/docker/docker_client.h"

#include <algorithm>
#include <charconv>
#include <memory>
#include <optional>
#include <utility>

#include <curl/curl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "platform/docker/container_json.h"
#include "platform/docker/event_lines.h"
#include "platform/json_fields.h"

namespace hakoban {
namespace {

struct ApiVersion {
  int major = 0;
  int minor = 0;
  auto operator<=>(const ApiVersion&) const = default;
};

constexpr ApiVersion kNewestKnown{1, 47};
constexpr ApiVersion kWhenUntold{1, 41};

std::optional<ApiVersion> read_version(std::string_view text) {
  ApiVersion version;
  const char* const end = text.data() + text.size();
  const auto major = std::from_chars(text.data(), end, version.major);
  if (major.ec != std::errc{} || major.ptr == end || *major.ptr != '.') return std::nullopt;
  const auto minor = std::from_chars(major.ptr + 1, end, version.minor);
  if (minor.ec != std::errc{} || minor.ptr != end) return std::nullopt;
  return version;
}

std::string message_of(const HttpResponse& answer) {
  constexpr std::size_t kEnough = 300;
  const auto told = text_of(nlohmann::json::parse(answer.body, nullptr, false), "message");
  return (told.empty() ? answer.body : told).substr(0, kEnough);
}

Errc code_of(int status) {
  if (status == 404) return Errc::not_found;
  if (status == 401 || status == 403) return Errc::denied;
  if (status == 429) return Errc::throttled;
  if (status >= 500 || status == 409) return Errc::unavailable;
  return Errc::invalid;
}

Error failure_of(const HttpResponse& answer) {
  return Error{code_of(answer.status),
               fmt::format("the Docker engine answers {}: {}", answer.status, message_of(answer))};
}

// "client version 1.40 is too old. Minimum supported API version is 1.44", and "… is too new".
bool refuses_version(const HttpResponse& answer) {
  return answer.status == 400 && answer.body.find("client version") != std::string::npos;
}

std::string encoded(const std::string& text) {
  const std::unique_ptr<char, decltype(&curl_free)> escaped{
      curl_easy_escape(nullptr, text.data(), static_cast<int>(text.size())), &curl_free};
  return escaped ? std::string{escaped.get()} : std::string{};
}

// Ids go into paths: nothing but what Docker allows in ids and names.
Result<void> check_id(std::string_view id) {
  constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
  if (!id.empty() && id.find_first_not_of(kAllowed) == std::string_view::npos) return {};
  return Error{Errc::invalid, fmt::format("'{}' is not a container's id", id)};
}

}  // namespace

DockerClient::DockerClient(HttpClient& http, DockerEndpoint endpoint, DockerClientConfig config)
    : http_(http), endpoint_(std::move(endpoint)), config_(config) {}

HttpRequest DockerClient::request(std::string_view method, std::string url) const {
  HttpRequest request;
  request.method = method;
  request.url = std::move(url);
  request.unix_socket = endpoint_.unix_socket;
  request.direct = true;
  request.connect_timeout = config_.connect_timeout;
  request.timeout = config_.timeout;
  return request;
}

Result<DockerClient::Ping> DockerClient::ping(const std::stop_token& stop) {
  const auto answer = http_.send(request("GET", endpoint_.base_url + "/_ping"), stop);
  if (!answer) return answer.error().within("asking the Docker engine for its API version");
  if (answer->status != 200) return failure_of(*answer);
  const auto theirs = read_version(answer->header("Api-Version").value_or("")).value_or(kWhenUntold);
  const auto settled = std::min(theirs, kNewestKnown);
  Ping ping{fmt::format("{}.{}", settled.major, settled.minor),
            std::string{answer->header("Date").value_or("")}};
  const std::lock_guard lock{mutex_};
  version_ = ping.version;
  return ping;
}

Result<std::string> DockerClient::version(const std::stop_token& stop) {
  {
    const std::lock_guard lock{mutex_};
    if (!version_.empty()) return version_;
  }
  auto answered = ping(stop);
  if (!answered) return answered.error();
  return std::move(answered->version);
}

void DockerClient::forget_version() {
  const std::lock_guard lock{mutex_};
  version_.clear();
}

Result<HttpResponse> DockerClient::call(HttpRequest request, std::string_view path,
                                        const std::stop_token& stop) {
  for (const bool may_ask_again : {true, false}) {
    const auto settled = version(stop);
    if (!settled) return settled.error();
    request.url = fmt::format("{}/v{}{}", endpoint_.base_url, *settled, path);
    auto answer = http_.send(request, stop);
    if (!answer) {
      // The engine that comes back may be another.
      if (answer.error().code == Errc::unavailable) forget_version();
      return answer;
    }
    if (!refuses_version(*answer)) return answer;
    forget_version();
    if (!may_ask_again) return failure_of(*answer);
  }
  return Error{Errc::invalid, "no API version is spoken on both sides"};
}

Result<std::vector<ContainerView>> DockerClient::list(const std::stop_token& stop) {
  const auto answer = call(request("GET", {}), "/containers/json?all=1", stop);
  if (!answer) return answer.error().within("listing containers");
  if (answer->status != 200) return failure_of(*answer).within("listing containers");
  return read_container_list(answer->body);
}

Result<ContainerView> DockerClient::inspect(const std::string& id, const std::stop_token& stop) {
  if (const auto good = check_id(id); !good) return good.error();
  const auto context = [&] { return fmt::format("inspecting container {}", id); };
  const auto answer = call(request("GET", {}), fmt::format("/containers/{}/json", id), stop);
  if (!answer) return answer.error().within(context());
  if (answer->status != 200) return failure_of(*answer).within(context());
  auto container = read_container(answer->body);
  if (!container) return container.error().within(context());
  return container;
}

Error DockerClient::watch(const std::function<void()>& connected,
                          const std::function<void(const DockerEvent&)>& sink, const std::stop_token& stop) {
  const auto answered = ping(stop);
  if (!answered) return answered.error();
  // The engine begins to collect events for us some moments after the head of its answer, so it is asked for
  // those since the ping too (it keeps its last 256): none is missed between the caller's list and the
  // stream. Its own clock is asked by, at a second's resolution.
  const auto since = answered->date.empty() ? -1 : curl_getdate(answered->date.c_str(), nullptr);
  auto events = request("GET", fmt::format("{}/v{}/events?filters={}", endpoint_.base_url, answered->version,
                                           encoded(event_filters())));
  if (since > 0) events.url += fmt::format("&since={}", since);
  events.timeout = Duration{0};  // a quiet host is silent for hours
  EventLines lines{sink};
  std::string beginning;
  const auto answer = http_.stream(
      events,
      [&](std::string_view piece) {
        if (piece.empty()) connected();
        if (beginning.empty()) beginning = piece.substr(0, 1024);
        lines.add(piece);
        return true;
      },
      stop);
  forget_version();
  if (!answer) return answer.error().within("reading Docker's events");
  if (answer->status != 200) return failure_of({answer->status, {}, beginning}).within("asking for events");
  return Error{Errc::unavailable, "the Docker engine ended its event stream"};
}

Result<void> DockerClient::stop_container(const std::string& id, Duration patience,
                                          const std::stop_token& stop) {
  if (const auto good = check_id(id); !good) return good.error();
  const auto seconds = std::max<std::int64_t>(0, std::chrono::ceil<std::chrono::seconds>(patience).count());
  auto order = request("POST", {});
  order.timeout = std::chrono::seconds{seconds} + config_.stop_reserve;
  const auto context = [&] { return fmt::format("stopping container {}", id); };
  const auto answer = call(std::move(order), fmt::format("/containers/{}/stop?t={}", id, seconds), stop);
  if (!answer) return answer.error().within(context());
  if (answer->status == 204 || answer->status == 304 || answer->status == 404) return {};
  return failure_of(*answer).within(context());
}

Result<void> DockerClient::signal_container(const std::string& id, const std::string& signal,
                                            const std::stop_token& stop) {
  if (const auto good = check_id(id); !good) return good.error();
  const auto context = [&] { return fmt::format("sending {} to container {}", signal, id); };
  const auto answer =
      call(request("POST", {}), fmt::format("/containers/{}/kill?signal={}", id, encoded(signal)), stop);
  if (!answer) return answer.error().within(context());
  // 409: it does not run.
  if (answer->status == 204 || answer->status == 404 || answer->status == 409) return {};
  return failure_of(*answer).within(context());
}

}  // namespace hakoban
