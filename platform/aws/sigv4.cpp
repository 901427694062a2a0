#include "platform/aws/sigv4.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <vector>

#include <boost/algorithm/string/case_conv.hpp>
#include <boost/algorithm/string/predicate.hpp>
#include <boost/algorithm/string/split.hpp>
#include <fmt/chrono.h>
#include <fmt/format.h>

#include "platform/aws/digest.h"

namespace hakoban {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";

// "20150830T123600Z"
std::string basic_iso8601(TimePoint time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
  return fmt::format("{:%Y%m%dT%H%M%SZ}", fmt::gmtime(static_cast<std::time_t>(seconds)));
}

std::string normalized(std::string_view path) {
  std::vector<std::string> parts;
  boost::algorithm::split(parts, path, [](char c) { return c == '/'; });
  std::vector<std::string> kept;
  for (const auto& part : parts) {
    if (part == ".." && !kept.empty()) kept.pop_back();
    if (!part.empty() && part != "." && part != "..") kept.push_back(part);
  }
  const bool names_folder = !kept.empty() && path.ends_with('/');
  return fmt::format("/{}{}", fmt::join(kept, "/"), names_folder ? "/" : "");
}

std::string encoded_query(const AwsParams& query) {
  AwsParams encoded;
  for (const auto& [name, value] : query)
    encoded.emplace_back(uri_encode(name, false), uri_encode(value, false));
  std::sort(encoded.begin(), encoded.end());
  std::string text;
  for (const auto& [name, value] : encoded) {
    if (!text.empty()) text += '&';
    text.append(name).append("=").append(value);
  }
  return text;
}

// Trimmed, runs of blanks as one space.
std::string squeezed(std::string_view value) {
  std::string text;
  for (const char c : value) {
    const bool blank = c == ' ' || c == '\t';
    if (!blank) text += c;
    if (blank && !text.empty() && text.back() != ' ') text += ' ';
  }
  if (!text.empty() && text.back() == ' ') text.pop_back();
  return text;
}

// By lower-case name; values of repeated headers joined in their order.
std::map<std::string, std::string> canonical_headers(const HttpHeaders& headers) {
  std::map<std::string, std::string> canonical;
  for (const auto& [name, value] : headers) {
    auto [at, fresh] = canonical.try_emplace(boost::algorithm::to_lower_copy(name), squeezed(value));
    if (!fresh) at->second += "," + squeezed(value);
  }
  return canonical;
}

std::string_view as_text(const Sha256& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

Sha256 signing_key(const Credentials& credentials, std::string_view date, const SigningScope& scope) {
  Sha256 key = hmac_sha256("AWS4" + credentials.secret_access_key, date);
  for (const std::string_view part :
       {std::string_view{scope.region}, std::string_view{scope.service}, std::string_view{"aws4_request"}})
    key = hmac_sha256(as_text(key), part);
  return key;
}

std::string body_hash(const UnsignedRequest& request) {
  for (const auto& [name, value] : request.headers)
    if (boost::algorithm::iequals(name, "x-amz-content-sha256")) return value;
  return to_hex(sha256(request.body));
}

bool has_header(const HttpHeaders& headers, std::string_view wanted) {
  return std::any_of(headers.begin(), headers.end(),
                     [&](const auto& header) { return boost::algorithm::iequals(header.first, wanted); });
}

}  // namespace

SigningStyle SigningStyle::s3() {
  return {false, false, true};
}

std::string uri_encode(std::string_view text, bool keep_slashes) {
  std::string encoded;
  encoded.reserve(text.size() + text.size() / 4);
  for (const char c : text) {
    const bool letter_or_digit = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    const bool plain =
        letter_or_digit || c == '-' || c == '.' || c == '_' || c == '~' || (keep_slashes && c == '/');
    if (plain) {
      encoded += c;
    } else {
      fmt::format_to(std::back_inserter(encoded), "%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return encoded;
}

SignedRequest sign_v4(const UnsignedRequest& request, const Credentials& credentials,
                      const SigningScope& scope, const SigningStyle& style, TimePoint now) {
  const std::string hash = body_hash(request);
  const std::string time = basic_iso8601(now);
  const std::string date = time.substr(0, 8);

  SignedRequest ready;
  ready.headers = request.headers;
  ready.headers.emplace_back("Host", request.host);
  ready.headers.emplace_back("X-Amz-Date", time);
  if (style.send_body_hash && !has_header(ready.headers, "x-amz-content-sha256"))
    ready.headers.emplace_back("X-Amz-Content-Sha256", hash);
  if (!credentials.session_token.empty())
    ready.headers.emplace_back("X-Amz-Security-Token", credentials.session_token);

  const std::string wire_path = uri_encode(request.path, true);
  const std::string query = encoded_query(request.query);
  ready.target = query.empty() ? wire_path : wire_path + "?" + query;

  std::string canonical_path = style.normalize_path ? normalized(wire_path) : wire_path;
  if (style.encode_path_twice) canonical_path = uri_encode(canonical_path, true);
  std::string canonical = fmt::format("{}\n{}\n{}\n", request.method, canonical_path, query);
  std::string names;
  for (const auto& [name, value] : canonical_headers(ready.headers)) {
    canonical.append(name).append(":").append(value).append("\n");
    if (!names.empty()) names += ';';
    names += name;
  }
  canonical.append("\n").append(names).append("\n").append(hash);

  const std::string credential_scope =
      fmt::format("{}/{}/{}/aws4_request", date, scope.region, scope.service);
  const std::string to_sign =
      fmt::format("{}\n{}\n{}\n{}", kAlgorithm, time, credential_scope, to_hex(sha256(canonical)));
  const std::string signature = to_hex(hmac_sha256(as_text(signing_key(credentials, date, scope)), to_sign));
  ready.headers.emplace_back("Authorization",
                             fmt::format("{} Credential={}/{}, SignedHeaders={}, Signature={}", kAlgorithm,
                                         credentials.access_key_id, credential_scope, names, signature));
  return ready;
}

}  // namespace hakoban
