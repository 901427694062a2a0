// Signs what it is told, for tests/interop/test_sigv4_botocore.py to compare with botocore. One JSON object a
// line comes in:
// {"method", "host", "path", "query": [[name, value]], "headers": [[name, value]], "body", "region",
// "service", "s3": bool, "access_key", "secret_key", "token", "time"}; one goes out: {"target", "headers":
// [[name, value]]}.
#include <cstdio>
#include <iostream>
#include <string>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "platform/aws/sigv4.h"

namespace hakoban {
namespace {

using nlohmann::json;

json signed_as_told(const json& told) {
  UnsignedRequest request;
  request.method = told.at("method");
  request.host = told.at("host");
  request.path = told.at("path");
  request.query = told.at("query").get<AwsParams>();
  request.headers = told.at("headers").get<HttpHeaders>();
  const auto body = told.at("body").get<std::string>();
  request.body = body;
  const Credentials credentials{told.at("access_key"), told.at("secret_key"), told.at("token"), std::nullopt};
  const auto style = told.at("s3").get<bool>() ? SigningStyle::s3() : SigningStyle{};
  const auto time = parse_rfc3339(told.at("time").get<std::string>()).value();
  const auto ready = sign_v4(request, credentials, {told.at("region"), told.at("service")}, style, time);
  return json{{"target", ready.target}, {"headers", ready.headers}};
}

}  // namespace
}  // namespace hakoban

int main() {
  for (std::string line; std::getline(std::cin, line);)
    fmt::print("{}\n", hakoban::signed_as_told(nlohmann::json::parse(line)).dump());
}
