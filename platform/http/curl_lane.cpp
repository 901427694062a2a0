#include "platform/http/curl_lane.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <new>
#include <utility>

#include <boost/algorithm/string/predicate.hpp>
#include <boost/algorithm/string/trim.hpp>
#include <fmt/format.h>

#include "platform/http/curl_client.h"
#include "platform/http/trust_store.h"

namespace hakoban {
namespace {

constexpr std::size_t kHeaderLimitBytes = 256 << 10;
constexpr Duration kLongestPoll = 10s;

// Whole milliseconds, at least one: zero means "no limit" to libcurl.
long to_millis(Duration duration) {
  return static_cast<long>(
      std::max<std::int64_t>(1, std::chrono::ceil<std::chrono::milliseconds>(duration).count()));
}

SteadyPoint steady_now() {
  return std::chrono::steady_clock::now();
}

bool names_header(const HttpRequest& request, std::string_view name) {
  return std::any_of(request.headers.begin(), request.headers.end(),
                     [&](const auto& header) { return boost::algorithm::iequals(header.first, name); });
}

bool breaks_lines(std::string_view text) {
  return text.find_first_of(std::string_view{"\r\n\0", 3}) != std::string_view::npos;
}

Errc classify(CURLcode code) {
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
      return Errc::timeout;
    case CURLE_URL_MALFORMAT:
    case CURLE_BAD_FUNCTION_ARGUMENT:
      return Errc::invalid;
    case CURLE_UNSUPPORTED_PROTOCOL:  // HTTP/0.9: an answer with no status line (the scheme was checked
                                      // before)
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_BAD_CONTENT_ENCODING:
    case CURLE_FILESIZE_EXCEEDED:
    case CURLE_WRITE_ERROR:
      return Errc::malformed;
    default:
      return Errc::unavailable;
  }
}

}  // namespace

struct CurlLane::Exchange {
  HttpResponse response;
  const Sink* sink = nullptr;
  std::size_t body_limit = 0;
  std::size_t header_bytes = 0;
  SteadyPoint last_sign_of_life;
  bool silent_too_long = false;
  bool too_long = false;
  bool sink_had_enough = false;
  bool good = false;       // the status line says 2xx
  bool head_told = false;  // to the sink
  std::exception_ptr thrown;

  // Returns how much of the piece was taken, as libcurl wants it.
  std::size_t give(std::string_view piece, std::size_t taken);
};

std::size_t CurlLane::Exchange::give(std::string_view piece, std::size_t taken) {
  try {
    sink_had_enough = !(*sink)(piece);
    return sink_had_enough ? CURL_WRITEFUNC_ERROR : taken;
  } catch (...) {  // it must not pass through libcurl's frames
    thrown = std::current_exception();
    return CURL_WRITEFUNC_ERROR;
  }
}

CurlLane::CurlLane(const HttpClientConfig& config, TrustStore& trust)
    : config_(config), trust_(trust), multi_(curl_multi_init()), easy_(curl_easy_init()) {
  if (!multi_ || !easy_) throw std::bad_alloc{};
  curl_multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS, 2L);
}

Result<HttpResponse> CurlLane::run(const HttpRequest& request, const Sink* sink,
                                   const std::stop_token& stop) {
  auto headers = header_list(request);
  if (!headers) return headers.error();
  if (request.url.starts_with("https:")) {
    if (auto loaded = trust_.load(); !loaded) return loaded.error();
  }
  Exchange exchange;
  exchange.sink = sink;
  exchange.body_limit = request.body_limit_bytes;
  exchange.last_sign_of_life = steady_now();
  set_up(request, exchange, headers->get());

  const CURLcode code = drive(request, exchange, stop);
  if (exchange.thrown) std::rethrow_exception(exchange.thrown);
  if (code == CURLE_ABORTED_BY_CALLBACK) return Error{Errc::cancelled, "stopped"};
  if (code != CURLE_OK && !exchange.sink_had_enough) return explain(code, request, exchange);
  long status = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
  exchange.response.status = static_cast<int>(status);
  return std::move(exchange.response);
}

Result<CurlLane::HeaderList> CurlLane::header_list(const HttpRequest& request) {
  HeaderList list;
  const auto add = [&](const std::string& line) {
    curl_slist* longer = curl_slist_append(list.get(), line.c_str());
    if (longer == nullptr) throw std::bad_alloc{};
    if (!list) list.reset(longer);
  };
  for (const auto& [name, value] : request.headers) {
    if (name.empty() || breaks_lines(name) || breaks_lines(value))
      return Error{Errc::invalid, fmt::format("header '{}' cannot be sent", name)};
    // To libcurl "Name:" means to leave it out, and "Name;" an empty value.
    add(value.empty() ? name + ";" : name + ": " + value);
  }
  if (!names_header(request, "Expect")) add("Expect:");
  if (!names_header(request, "Content-Type")) add("Content-Type:");
  return list;
}

void CurlLane::set_up(const HttpRequest& request, Exchange& exchange, curl_slist* headers) {
  CURL* easy = easy_.get();
  curl_easy_reset(easy);  // keeps the connection
  problem_[0] = '\0';
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, problem_);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);  // never wait for a name resolver that hangs
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(easy, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
  // What to trust comes from the shared store, not from files that each lane would read for itself.
  curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);
  curl_easy_setopt(easy, CURLOPT_CAINFO, nullptr);
  curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, &CurlLane::on_tls);
  curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, &trust_);
  curl_easy_setopt(easy, CURLOPT_USERAGENT, config_.user_agent.c_str());
  curl_easy_setopt(easy, CURLOPT_URL, request.url.c_str());
  if (!request.unix_socket.empty())
    curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, request.unix_socket.c_str());
  if (request.direct || !request.unix_socket.empty()) curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, to_millis(request.connect_timeout));
  if (exchange.sink == nullptr) curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, to_millis(request.timeout));
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &CurlLane::on_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &exchange);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &CurlLane::on_header);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, &exchange);
  set_method(request);
}

void CurlLane::set_method(const HttpRequest& request) {
  CURL* easy = easy_.get();
  const bool has_body = !request.body.empty() || request.method == "POST" || request.method == "PUT";
  if (request.method == "HEAD") {
    curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
  } else if (has_body) {
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.c_str());
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  } else {
    curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  }
}

// CURLE_ABORTED_BY_CALLBACK stands for `stop`: no callback of ours causes it otherwise.
CURLcode CurlLane::drive(const HttpRequest& request, Exchange& exchange, const std::stop_token& stop) {
  CURLM* multi = multi_.get();
  curl_multi_add_handle(multi, easy_.get());
  const std::stop_callback wake{stop, [multi] { curl_multi_wakeup(multi); }};
  const bool bounds_silence = exchange.sink != nullptr && request.timeout > Duration::zero();

  CURLcode code = CURLE_OK;
  for (int running = 1; running > 0;) {
    if (stop.stop_requested()) {
      code = CURLE_ABORTED_BY_CALLBACK;
      break;
    }
    if (const auto failed = curl_multi_perform(multi, &running); failed != CURLM_OK) {
      code = CURLE_FAILED_INIT;
      break;
    }
    if (running == 0) break;
    Duration patience = kLongestPoll;
    if (bounds_silence) {
      const Duration left = exchange.last_sign_of_life + request.timeout - steady_now();
      if (left <= Duration::zero()) {
        exchange.silent_too_long = true;
        code = CURLE_OPERATION_TIMEDOUT;
        break;
      }
      patience = std::min(patience, left);
    }
    curl_multi_poll(multi, nullptr, 0, static_cast<int>(to_millis(patience)), nullptr);
  }

  int queued = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi, &queued)) {
    if (message->msg == CURLMSG_DONE && code == CURLE_OK) code = message->data.result;
  }
  curl_multi_remove_handle(multi, easy_.get());
  return code;
}

Error CurlLane::explain(CURLcode code, const HttpRequest& request, const Exchange& exchange) const {
  const std::string_view where{request.url.data(), std::min(request.url.find('?'), request.url.size())};
  if (exchange.silent_too_long)
    return {Errc::timeout,
            fmt::format("{} {}: silent for {}", request.method, where, format_duration(request.timeout))};
  if (exchange.too_long)
    return {Errc::malformed,
            fmt::format("{} {}: answer longer than {} bytes", request.method, where, exchange.body_limit)};
  const char* why = problem_[0] != '\0' ? problem_ : curl_easy_strerror(code);
  return {classify(code), fmt::format("{} {}: {}", request.method, where, why)};
}

CURLcode CurlLane::on_tls(CURL*, void* context, void* trust) {
  static_cast<const TrustStore*>(trust)->give_to(static_cast<SSL_CTX*>(context));
  return CURLE_OK;
}

std::size_t CurlLane::on_body(char* data, std::size_t size, std::size_t count, void* context) {
  auto& exchange = *static_cast<Exchange*>(context);
  const std::string_view piece{data, size * count};
  exchange.last_sign_of_life = steady_now();
  if (exchange.sink != nullptr) return exchange.give(piece, piece.size());
  try {
    exchange.too_long = piece.size() > exchange.body_limit - exchange.response.body.size();
    if (exchange.too_long) return CURL_WRITEFUNC_ERROR;
    exchange.response.body.append(piece);
  } catch (...) {  // out of memory: neither may that pass
    exchange.thrown = std::current_exception();
    return CURL_WRITEFUNC_ERROR;
  }
  return piece.size();
}

std::size_t CurlLane::on_header(char* data, std::size_t size, std::size_t count, void* context) {
  auto& exchange = *static_cast<Exchange*>(context);
  const std::string_view line{data, size * count};
  exchange.last_sign_of_life = steady_now();
  exchange.header_bytes += line.size();
  if (exchange.header_bytes > kHeaderLimitBytes) return CURL_WRITEFUNC_ERROR;
  // A status line begins the headers anew: those before were of a 1xx answer.
  if (line.starts_with("HTTP/")) {
    exchange.response.headers.clear();
    exchange.good = line.find(" 2") == line.find(' ');
  }
  if (const auto colon = line.find(':'); colon != std::string_view::npos && !line.starts_with("HTTP/")) {
    exchange.response.headers.emplace_back(boost::algorithm::trim_copy(std::string{line.substr(0, colon)}),
                                           boost::algorithm::trim_copy(std::string{line.substr(colon + 1)}));
  }
  const bool head_ends = line == "\r\n" || line == "\n";
  if (head_ends && exchange.sink != nullptr && exchange.good && !std::exchange(exchange.head_told, true))
    return exchange.give({}, line.size());
  return line.size();
}

}  // namespace hakoban
