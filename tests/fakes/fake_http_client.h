// An HttpClient that answers what it was told to and remembers what it was asked.
#pragma once

#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "platform/http/http_client.h"

namespace hakoban {

class FakeHttpClient final : public HttpClient {
 public:
  using Handler = std::function<Result<HttpResponse>(const HttpRequest&)>;

  // The next answers, in order.
  void answer(Result<HttpResponse> answer) {
    const std::lock_guard lock{mutex_};
    script_.push_back(std::move(answer));
  }
  void answer(int status, std::string body, HttpHeaders headers = {}) {
    answer(HttpResponse{status, std::move(headers), std::move(body)});
  }

  // Who answers when the script is at its end. Called by the threads that send, side by side.
  void answer_by(Handler handler) {
    const std::lock_guard lock{mutex_};
    handler_ = std::move(handler);
  }

  [[nodiscard]] Result<HttpResponse> send(const HttpRequest& request, const std::stop_token& stop) override {
    if (stop.stop_requested()) return Error{Errc::cancelled, "stopped"};
    Handler handler;
    {
      const std::lock_guard lock{mutex_};
      requests_.push_back(request);
      if (!script_.empty()) {
        auto next = std::move(script_.front());
        script_.pop_front();
        return next;
      }
      handler = handler_;
    }
    if (handler) return handler(request);
    return Error{Errc::unavailable, "nobody answers " + request.url};
  }

  // The whole body in one piece.
  [[nodiscard]] Result<HttpResponse> stream(const HttpRequest& request,
                                            const std::function<bool(std::string_view)>& sink,
                                            const std::stop_token& stop) override {
    auto answer = send(request, stop);
    if (!answer) return answer;
    const std::string body = std::exchange(answer->body, {});
    if (answer->status / 100 == 2 && !sink({})) return answer;
    if (!body.empty()) sink(body);
    return answer;
  }

  [[nodiscard]] std::vector<HttpRequest> requests() const {
    const std::lock_guard lock{mutex_};
    return requests_;
  }
  // Crashes the test when nothing was asked.
  [[nodiscard]] HttpRequest last() const { return requests().back(); }

  // A header of a request, "" when it has none.
  [[nodiscard]] static std::string header(const HttpRequest& request, std::string_view name) {
    return std::string{HttpResponse{0, request.headers, {}}.header(name).value_or("")};
  }

 private:
  mutable std::mutex mutex_;
  std::deque<Result<HttpResponse>> script_;
  Handler handler_;
  std::vector<HttpRequest> requests_;
};

}  // namespace hakoban
