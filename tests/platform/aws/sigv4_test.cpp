#include "platform/aws/sigv4.h"

#include <algorithm>
#include <filesystem>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "platform/aws/digest.h"
#include "platform/files.h"

namespace hakoban {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

const std::filesystem::path kSuite = std::filesystem::path{HAKOBAN_TESTS} / "fixtures/sigv4";

std::vector<std::string> cases_of_the_suite() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator{kSuite})
    if (entry.is_directory()) names.push_back(entry.path().filename().string());
  return names;
}

std::string decoded(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      plain += static_cast<char>(std::stoi(std::string{text.substr(i + 1, 2)}, nullptr, 16));
      i += 2;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

void read_target(const std::string& target, UnsignedRequest& request) {
  const auto question = target.find('?');
  request.path = decoded(target.substr(0, question));
  if (question == std::string::npos) return;
  std::istringstream query{target.substr(question + 1)};
  for (std::string pair; std::getline(query, pair, '&');) {
    const auto equals = pair.find('=');
    request.query.emplace_back(decoded(pair.substr(0, equals)),
                               equals == std::string::npos ? "" : decoded(pair.substr(equals + 1)));
  }
}

// The suite's requests are HTTP as text, some with characters that no client would send unencoded, and with
// folded header lines.
UnsignedRequest read_request(const std::string& text, std::string& body) {
  UnsignedRequest request;
  std::istringstream lines{text};
  std::string line;
  std::getline(lines, line);
  const auto first_space = line.find(' ');
  request.method = line.substr(0, first_space);
  const auto version = line.rfind(" HTTP/");
  read_target(
      line.substr(first_space + 1, version == std::string::npos ? version : version - first_space - 1),
      request);
  while (std::getline(lines, line) && !line.empty()) {
    if (line.front() == ' ') {
      request.headers.back().second += line;
      continue;
    }
    const auto colon = line.find(':');
    const std::string name = line.substr(0, colon);
    if (name == "Host") {
      request.host = line.substr(colon + 1);
    } else {
      request.headers.emplace_back(name, line.substr(colon + 1));
    }
  }
  std::getline(lines, body, '\0');
  request.body = body;
  return request;
}

class SigV4Suite : public ::testing::TestWithParam<std::string> {};

TEST_P(SigV4Suite, signs_as_published) {
  const auto folder = kSuite / GetParam();
  const json context = json::parse(read_file(folder / "context.json").value());
  std::string body;
  const auto request = read_request(read_file(folder / "request.txt").value(), body);
  const auto& keys = context.at("credentials");
  const Credentials credentials{keys.at("access_key_id"), keys.at("secret_access_key"),
                                keys.value("token", ""), std::nullopt};
  const SigningStyle style{context.value("double_encode", false), context.at("normalize"),
                           context.at("sign_body")};

  const auto ready = sign_v4(request, credentials, {context.at("region"), context.at("service")}, style,
                             parse_rfc3339(context.at("timestamp").get<std::string>()).value());

  ASSERT_EQ(ready.headers.back().first, "Authorization");
  EXPECT_THAT(ready.headers.back().second,
              HasSubstr("Signature=" + read_file(folder / "header-signature.txt").value()));
}

INSTANTIATE_TEST_SUITE_P(Published, SigV4Suite, ::testing::ValuesIn(cases_of_the_suite()),
                         [](const auto& test) {
                           std::string name = test.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

TEST(SigV4, the_suite_is_there) {
  EXPECT_GE(cases_of_the_suite().size(), 38U);
}

const Credentials kS3Example{"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "",
                             std::nullopt};
const TimePoint kS3Time = parse_rfc3339("2013-05-24T00:00:00Z").value();
const SigningScope kS3Scope{"us-east-1", "s3"};

// Amazon S3 API Reference, "Signature Calculations for the Authorization Header: Transferring Payload in a
// Single Chunk", examples GET Object, PUT Object, GET Bucket Lifecycle, GET Bucket (List Objects).
TEST(SigV4, signs_the_examples_of_the_s3_reference) {
  struct Example {
    UnsignedRequest request;
    std::string signature;
  };
  const std::string host = "examplebucket.s3.amazonaws.com";
  const std::vector<Example> examples{
      {{"GET", host, "/test.txt", {}, {{"Range", "bytes=0-9"}}, ""},
       "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"},
      {{"PUT",
        host,
        "/test$file.text",
        {},
        {{"Date", "Fri, 24 May 2013 00:00:00 GMT"}, {"x-amz-storage-class", "REDUCED_REDUNDANCY"}},
        "Welcome to Amazon S3."},
       "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"},
      {{"GET", host, "/", {{"lifecycle", ""}}, {}, ""},
       "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"},
      {{"GET", host, "/", {{"max-keys", "2"}, {"prefix", "J"}}, {}, ""},
       "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"},
  };
  for (const auto& [request, signature] : examples) {
    const auto ready = sign_v4(request, kS3Example, kS3Scope, SigningStyle::s3(), kS3Time);
    EXPECT_THAT(ready.headers.back().second, HasSubstr("Signature=" + signature)) << request.path;
  }
}

TEST(SigV4, a_body_hash_that_is_given_is_signed_as_it_is) {
  UnsignedRequest hashed{"PUT", "b", "/k", {}, {}, "body"};
  UnsignedRequest given = hashed;
  given.body = "";
  given.headers = {{"x-amz-content-sha256", to_hex(sha256("body"))}};
  const auto one = sign_v4(hashed, kS3Example, kS3Scope, SigningStyle::s3(), kS3Time);
  const auto two = sign_v4(given, kS3Example, kS3Scope, SigningStyle::s3(), kS3Time);
  EXPECT_EQ(one.headers.back(), two.headers.back());
}

TEST(SigV4, the_target_is_encoded_once_and_its_query_sorted) {
  const UnsignedRequest request{
      "GET", "h", "/dt=2026-11-23/a b+~é//..", {{"b", "2&3"}, {"a", ""}, {"b", "1"}}, {}, ""};
  const auto ready = sign_v4(request, kS3Example, kS3Scope, SigningStyle::s3(), kS3Time);
  EXPECT_EQ(ready.target, "/dt%3D2026-11-23/a%20b%2B~%C3%A9//..?a=&b=1&b=2%263");
}

}  // namespace
}  // namespace hakoban
