#include "platform/http/http_routes.h"

#include <utility>

namespace hakoban {

void HttpRoutes::add(std::string path, HttpHandler handler) {
  handlers_.insert_or_assign(std::move(path), std::move(handler));
}

HttpReply HttpRoutes::answer(const HttpQuery& query) const {
  const auto found = handlers_.find(query.path);
  if (found == handlers_.end()) return {.status = 404, .body = "not found\n"};
  if (query.method != "GET" && query.method != "HEAD")
    return {.status = 405, .body = "method not allowed\n", .headers = {{"Allow", "GET, HEAD"}}};
  return found->second(query);
}

}  // namespace hakoban
