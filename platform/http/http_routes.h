// Which path and method is answered by what. 404 for other paths, 405 for other methods.
#pragma once

#include <map>
#include <string>

#include "platform/http/http_server.h"

namespace hakoban {

// Fill it before the server runs; answer() is thread-safe as far as the handlers are.
class HttpRoutes {
 public:
  // `path` is matched whole: "/metrics". Answers GET and HEAD. A second handler for a path replaces the
  // first.
  void add(std::string path, HttpHandler handler);

  // The same for one method: "POST", "DELETE".
  void add(std::string method, std::string path, HttpHandler handler);

  [[nodiscard]] HttpReply answer(const HttpQuery& query) const;

 private:
  // By path, then by method.
  std::map<std::string, std::map<std::string, HttpHandler, std::less<>>, std::less<>> handlers_;
};

}  // namespace hakoban
