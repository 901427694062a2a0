// Which path is answered by what. 404 for the others, 405 for methods other than GET and HEAD.
#pragma once

#include <map>
#include <string>

#include "platform/http/http_server.h"

namespace hakoban {

// Fill it before the server runs; answer() is thread-safe as far as the handlers are.
class HttpRoutes {
 public:
  // `path` is matched whole: "/metrics". A second handler for a path replaces the first.
  void add(std::string path, HttpHandler handler);

  [[nodiscard]] HttpReply answer(const HttpQuery& query) const;

 private:
  std::map<std::string, HttpHandler, std::less<>> handlers_;
};

}  // namespace hakoban
