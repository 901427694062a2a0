#include "platform/http/http_routes.h"

#include <utility>

namespace hakoban {

void HttpRoutes::add(std::string path, HttpHandler handler) {
  add("GET", path, handler);
  add("HEAD", std::move(path), std::move(handler));
}

void HttpRoutes::add(std::string method, std::string path, HttpHandler handler) {
  handlers_[std::move(path)].insert_or_assign(std::move(method), std::move(handler));
}

HttpReply HttpRoutes::answer(const HttpQuery& query) const {
  const auto found = handlers_.find(query.path);
  if (found == handlers_.end()) return {.status = 404, .body = "not found\n"};
  const auto& by_method = found->second;
  if (const auto handler = by_method.find(query.method); handler != by_method.end())
    return handler->second(query);
  std::string allowed;
  for (const auto& [method, handler] : by_method) allowed += (allowed.empty() ? "" : ", ") + method;
  return {.status = 405, .body = "method not allowed\n", .headers = {{"Allow", allowed}}};
}

}  // namespace hakoban
