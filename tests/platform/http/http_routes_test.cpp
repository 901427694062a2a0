#include "platform/http/http_routes.h"

#include <gtest/gtest.h>

namespace hakoban {
namespace {

HttpRoutes routes_with_a_page() {
  HttpRoutes routes;
  routes.add("/page", [](const HttpQuery& query) { return HttpReply{.body = "asked " + query.query}; });
  return routes;
}

TEST(HttpRoutes, GivesAPathToItsHandler) {
  const auto reply = routes_with_a_page().answer({.method = "GET", .path = "/page", .query = "x=1"});
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body, "asked x=1");
}

TEST(HttpRoutes, HeadIsAsGet) {
  EXPECT_EQ(routes_with_a_page().answer({.method = "HEAD", .path = "/page"}).status, 200);
}

TEST(HttpRoutes, KnowsNoOtherPath) {
  for (const char* path : {"/", "/page/", "/pag", "/Page", ""})
    EXPECT_EQ(routes_with_a_page().answer({.method = "GET", .path = path}).status, 404) << path;
}

TEST(HttpRoutes, RefusesOtherMethodsAndSaysWhichItTakes) {
  const auto reply = routes_with_a_page().answer({.method = "POST", .path = "/page"});
  EXPECT_EQ(reply.status, 405);
  EXPECT_EQ(reply.headers, (HttpHeaders{{"Allow", "GET, HEAD"}}));
}

}  // namespace
}  // namespace hakoban
