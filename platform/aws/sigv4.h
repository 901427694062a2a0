// Signs requests to AWS. Source: AWS IAM user guide, "Signature Version 4 for API requests"; for S3, Amazon
// S3 API Reference, "Authenticating Requests: Using the Authorization Header". Pure: values in, headers out.
#pragma once

#include <string>
#include <string_view>

#include "core/time.h"
#include "platform/aws/aws_params.h"
#include "platform/aws/credentials.h"
#include "platform/http/http_client.h"

namespace hakoban {

// What is to be sent, before any encoding.
struct UnsignedRequest {
  std::string method;
  std::string host;  // as the Host header will say it: with the port where it is unusual
  std::string path = "/";
  AwsParams query;
  HttpHeaders headers;  // all of them are signed. An x-amz-content-sha256 among them is taken as the body's
  std::string_view body;
};

struct SigningScope {
  std::string region;
  std::string service;  // the signing name: "ecs", "elasticloadbalancing", "s3"
};

// S3 differs: its paths are names, taken as they are, and the body's hash travels as a header.
struct SigningStyle {
  bool encode_path_twice = true;
  bool normalize_path = true;  // "//" and "/./" become "/", "/a/../" becomes "/"
  bool send_body_hash = false;

  [[nodiscard]] static SigningStyle s3();
};

// What to send. The same encoder made `target` and the text that was signed, so send it byte for byte.
struct SignedRequest {
  std::string target;   // path and query, encoded, the query sorted
  HttpHeaders headers;  // those given, and Host, X-Amz-Date, Authorization and what else belongs to them
};

[[nodiscard]] SignedRequest sign_v4(const UnsignedRequest& request, const Credentials& credentials,
                                    const SigningScope& scope, const SigningStyle& style, TimePoint now);

// Percent-encodes all but RFC 3986's unreserved characters (and '/' if told so), byte by byte.
[[nodiscard]] std::string uri_encode(std::string_view text, bool keep_slashes);

}  // namespace hakoban
