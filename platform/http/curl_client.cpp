#include "platform/http/curl_client.h"

#include <algorithm>
#include <chrono>
#include <deque>
#include <mutex>

#include <fmt/format.h>

#include "platform/http/curl_lane.h"
#include "platform/http/trust_store.h"

namespace hakoban {
namespace {

void initialise_curl_once() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

// What a connection may be used again for: "https://host:port" and the socket. Empty: not a URL we speak.
std::string lane_key(const HttpRequest& request) {
  const auto scheme_end = request.url.find("://");
  if (scheme_end == std::string::npos) return {};
  const std::string_view scheme = std::string_view{request.url}.substr(0, scheme_end);
  if (scheme != "http" && scheme != "https") return {};
  const auto authority_end = std::min(request.url.find_first_of("/?#", scheme_end + 3), request.url.size());
  if (authority_end == scheme_end + 3) return {};
  return fmt::format("{} {} {}", request.url.substr(0, authority_end), request.unix_socket, request.direct);
}

}  // namespace

// The lanes that nobody uses: oldest first, warmest last.
class CurlClient::Lanes {
 public:
  explicit Lanes(const HttpClientConfig& config) : config_(config), trust_(config.ca_bundle) {}

  std::unique_ptr<CurlLane> take(const std::string& key) {
    {
      const std::lock_guard lock{mutex_};
      const auto warmest =
          std::find_if(idle_.rbegin(), idle_.rend(), [&](const Idle& it) { return it.key == key; });
      if (warmest != idle_.rend()) {
        auto lane = std::move(warmest->lane);
        idle_.erase(std::next(warmest).base());
        return lane;
      }
    }
    return std::make_unique<CurlLane>(config_, trust_);
  }

  void give_back(std::string key, std::unique_ptr<CurlLane> lane) {
    const SteadyPoint now = std::chrono::steady_clock::now();
    std::deque<Idle> closing;  // closed after the lock is let go: a TLS farewell may take its time
    {
      const std::lock_guard lock{mutex_};
      idle_.push_back({std::move(key), std::move(lane), now});
      while (!idle_.empty() &&
             (idle_.size() > config_.idle_connections || idle_.front().since + config_.idle_for < now)) {
        closing.push_back(std::move(idle_.front()));
        idle_.pop_front();
      }
    }
  }

  [[nodiscard]] Result<HttpResponse> run(const HttpRequest& request, const CurlLane::Sink* sink,
                                         const std::stop_token& stop) {
    if (stop.stop_requested()) return Error{Errc::cancelled, "stopped"};
    std::string key = lane_key(request);
    if (key.empty())
      return Error{Errc::invalid, fmt::format("'{}' is not an http or https URL", request.url)};
    auto lane = take(key);
    auto answer = lane->run(request, sink, stop);
    give_back(std::move(key), std::move(lane));
    return answer;
  }

 private:
  struct Idle {
    std::string key;
    std::unique_ptr<CurlLane> lane;
    SteadyPoint since;
  };

  const HttpClientConfig& config_;
  TrustStore trust_;
  std::mutex mutex_;
  std::deque<Idle> idle_;
};
CurlClient::CurlClient(HttpClientConfig config) : config_(std::move(config)) {
  initialise_curl_once();
  lanes_ = std::make_unique<Lanes>(config_);
}

CurlClient::~CurlClient() = default;

Result<HttpResponse> CurlClient::send(const HttpRequest& request, const std::stop_token& stop) {
  return lanes_->run(request, nullptr, stop);
}

Result<HttpResponse> CurlClient::stream(const HttpRequest& request,
                                        const std::function<bool(std::string_view)>& sink,
                                        const std::stop_token& stop) {
  return lanes_->run(request, &sink, stop);
}

}  // namespace hakoban
