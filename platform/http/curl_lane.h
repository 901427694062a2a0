// One libcurl easy handle with its own multi handle: a place where one exchange at a time happens and whose
// connection stays open for the next. Only curl_client.cpp uses it.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>

#include <curl/curl.h>

#include "platform/http/http_client.h"

namespace hakoban {

struct HttpClientConfig;
class TrustStore;

class CurlLane {
 public:
  using Sink = std::function<bool(std::string_view)>;

  CurlLane(const HttpClientConfig& config, TrustStore& trust);

  // One exchange. With a `sink` it is a stream: request.timeout bounds silence, the body goes to the sink. An
  // exception of the sink comes out here; the lane is fit for the next exchange after it.
  [[nodiscard]] Result<HttpResponse> run(const HttpRequest& request, const Sink* sink,
                                         const std::stop_token& stop);

 private:
  struct Exchange;
  struct EasyFree {
    void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
  };
  struct MultiFree {
    void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
  };
  struct ListFree {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  };
  using HeaderList = std::unique_ptr<curl_slist, ListFree>;

  [[nodiscard]] static Result<HeaderList> header_list(const HttpRequest& request);
  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* exchange);
  static CURLcode on_tls(CURL* easy, void* context, void* trust);
  static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* exchange);

  void set_up(const HttpRequest& request, Exchange& exchange, curl_slist* headers);
  void set_method(const HttpRequest& request);
  [[nodiscard]] CURLcode drive(const HttpRequest& request, Exchange& exchange, const std::stop_token& stop);
  [[nodiscard]] Error explain(CURLcode code, const HttpRequest& request, const Exchange& exchange) const;

  const HttpClientConfig& config_;
  TrustStore& trust_;
  // The easy handle must leave the multi handle, and be freed, first.
  std::unique_ptr<CURLM, MultiFree> multi_;
  std::unique_ptr<CURL, EasyFree> easy_;
  char problem_[CURL_ERROR_SIZE] = {};
};

}  // namespace hakoban
