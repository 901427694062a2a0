#include "platform/http/http_server_messages.h"

#include <exception>
#include <utility>

#include <boost/algorithm/string/predicate.hpp>
#include <boost/beast/http/error.hpp>

#include "platform/log.h"

namespace hakoban {
namespace {

namespace http = boost::beast::http;

std::string to_std(boost::beast::string_view text) {
  return {text.data(), text.size()};
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::optional<std::string> percent_decode(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
    if (high < 0 || low < 0) return std::nullopt;
    decoded += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return decoded;
}

}  // namespace

HttpReply too_many_answers() {
  return {.status = 503, .body = "too many answers under way\n", .headers = {{"Retry-After", "1"}}};
}

std::optional<std::string_view> HttpQuery::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (boost::algorithm::iequals(key, name)) return value;
  }
  return std::nullopt;
}

std::optional<HttpQuery> to_query(BeastRequest& request) {
  const auto target = to_std(request.target());
  const auto mark = target.find('?');
  auto path = percent_decode(std::string_view{target}.substr(0, mark));
  if (!path || !path->starts_with('/')) return std::nullopt;
  HttpQuery query{.method = to_std(request.method_string()), .path = *std::move(path)};
  if (mark != std::string::npos) query.query = target.substr(mark + 1);
  for (const auto& field : request)
    query.headers.emplace_back(to_std(field.name_string()), to_std(field.value()));
  query.body = std::move(request.body());
  return query;
}

std::optional<HttpReply> refusal(const boost::system::error_code& failed) {
  if (failed == http::error::body_limit) return HttpReply{.status = 413, .body = "body too large\n"};
  if (failed == http::error::header_limit) return HttpReply{.status = 431, .body = "header too large\n"};
  if (failed == http::error::end_of_stream || failed == http::error::partial_message) return std::nullopt;
  const boost::system::error_code any_of_http = http::error::bad_method;
  if (failed.category() != any_of_http.category()) return std::nullopt;
  return HttpReply{.status = 400, .body = "bad request\n"};
}

HttpReply ask_handler(const HttpHandler& handler, BeastRequest& request) {
  const auto query = to_query(request);
  if (!query) return {.status = 400, .body = "bad request\n"};
  try {
    return handler(*query);
  } catch (const std::exception& thrown) {
    log::error("a web page failed", {{"path", query->path}, {"error", thrown.what()}});
    return {.status = 500, .body = "internal error\n"};
  }
}

std::optional<std::string_view> next_part(HttpBodyStream& stream) {
  try {
    return stream.next().value_or("");
  } catch (const std::exception& thrown) {
    log::error("a web page failed in its middle", {{"error", thrown.what()}});
    return std::nullopt;
  }
}

BeastResponse to_response(HttpReply reply, unsigned http_version, bool head) {
  BeastResponse response;
  response.version(http_version);
  response.result(static_cast<unsigned>(reply.status));
  response.set(http::field::server, "hakoban");
  response.set(http::field::content_type, reply.content_type);
  for (const auto& [name, value] : reply.headers) response.insert(name, value);
  response.content_length(reply.body.size());
  if (!head) response.body() = std::move(reply.body);
  return response;
}

}  // namespace hakoban
