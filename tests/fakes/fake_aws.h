// An AwsClient whose other end is scripted: for tests of the adapters above it.
#pragma once

#include <string>

#include <nlohmann/json.hpp>
#include <prometheus/registry.h>

#include "platform/aws/aws_client.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/fake_credentials.h"
#include "tests/fakes/fake_http_client.h"

namespace hakoban {

struct FakeAws {
  static AwsConfig config(const std::string& endpoint_url = "") {
    AwsConfig made;
    made.region = "eu-west-1";
    made.endpoint_url = endpoint_url;
    return made;
  }

  explicit FakeAws(AwsConfig aws_config = config())
      : client(http, credentials, clock, registry, std::move(aws_config), [] { return 0.5; }) {}

  // The JSON that the request of this number carried.
  [[nodiscard]] nlohmann::json body(std::size_t index) const {
    return nlohmann::json::parse(http.requests().at(index).body);
  }
  // "DescribeTasks" of the request of this number.
  [[nodiscard]] std::string action(std::size_t index) const {
    const std::string target = FakeHttpClient::header(http.requests().at(index), "X-Amz-Target");
    return target.substr(target.rfind('.') + 1);
  }

  FakeHttpClient http;
  FakeCredentials credentials;
  FakeClock clock;
  prometheus::Registry registry;
  AwsClient client;
};

}  // namespace hakoban
