#include "platform/http/exposition_reply.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include <boost/algorithm/string/predicate.hpp>

#include "core/metrics/openmetrics.h"
#include "platform/compression/gzip_stream.h"

namespace hakoban {
namespace {

constexpr const char* kText = "text/plain; version=0.0.4; charset=utf-8";
constexpr const char* kOpenMetrics = "application/openmetrics-text; version=1.0.0; charset=utf-8";

std::string_view take_trimmed(std::string_view& rest, char separator) {
  const auto end = rest.find(separator);
  auto part = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  while (part.starts_with(' ') || part.starts_with('\t')) part.remove_prefix(1);
  while (part.ends_with(' ') || part.ends_with('\t')) part.remove_suffix(1);
  return part;
}

// One entry of an Accept… header: "text/plain;version=0.0.4;q=0.5".
struct Accepted {
  std::string_view what;
  std::string_view version;  // "": any
  double weight = 1;
};

std::optional<Accepted> next_accepted(std::string_view& header) {
  if (header.empty()) return std::nullopt;
  auto entry = take_trimmed(header, ',');
  Accepted accepted{take_trimmed(entry, ';'), {}, 1};
  while (!entry.empty()) {
    auto value = take_trimmed(entry, ';');
    const auto name = take_trimmed(value, '=');
    if (name == "version") accepted.version = value;
    if (name != "q") continue;
    const auto read = std::from_chars(value.data(), value.data() + value.size(), accepted.weight);
    if (read.ec != std::errc{}) accepted.weight = 0;  // broken: not asked for
  }
  return accepted;
}

class WholeText final : public HttpBodyStream {
 public:
  explicit WholeText(std::string text) : text_(std::move(text)) {}
  std::optional<std::string_view> next() override {
    if (text_.empty() || std::exchange(given_, true)) return std::nullopt;
    return text_;
  }

 private:
  const std::string text_;
  bool given_ = false;
};

// The parts of `inner` as a Rewriter makes them, several perhaps in one: it has append(part, text) and
// end(text).
template <class Rewriter>
class RewrittenStream final : public HttpBodyStream {
 public:
  explicit RewrittenStream(std::unique_ptr<HttpBodyStream> inner) : inner_(std::move(inner)) {}

  std::optional<std::string_view> next() override {
    constexpr std::size_t kWorthSending = 16 << 10;
    made_.clear();
    while (inner_ && made_.size() < kWorthSending) {
      if (const auto part = inner_->next()) {
        rewriter_.append(*part, made_);
        continue;
      }
      rewriter_.end(made_);
      inner_.reset();
    }
    if (made_.empty()) return std::nullopt;
    return made_;
  }

 private:
  std::unique_ptr<HttpBodyStream> inner_;  // null: at its end
  Rewriter rewriter_;
  std::string made_;
};

}  // namespace

bool accepts_gzip(std::string_view accept_encoding) {
  std::optional<double> any;
  while (const auto accepted = next_accepted(accept_encoding)) {
    if (boost::algorithm::iequals(accepted->what, "gzip")) return accepted->weight > 0;
    if (accepted->what == "*") any = accepted->weight;
  }
  return any.value_or(0) > 0;
}

bool prefers_openmetrics(std::string_view accept) {
  double openmetrics = 0;
  double text = 0;
  while (const auto accepted = next_accepted(accept)) {
    if (boost::algorithm::iequals(accepted->what, "application/openmetrics-text") &&
        (accepted->version.empty() || accepted->version == "1.0.0"))
      openmetrics = std::max(openmetrics, accepted->weight);
    if (boost::algorithm::iequals(accepted->what, "text/plain")) text = std::max(text, accepted->weight);
  }
  return openmetrics > 0 && openmetrics >= text;
}

HttpReply exposition_reply(const HttpQuery& query, std::unique_ptr<HttpBodyStream> page) {
  HttpReply reply{.content_type = kText, .stream = std::move(page)};
  reply.headers.emplace_back("Vary", "Accept, Accept-Encoding");
  if (prefers_openmetrics(query.header("Accept").value_or(""))) {
    reply.content_type = kOpenMetrics;
    reply.stream = std::make_unique<RewrittenStream<OpenMetricsRewriter>>(std::move(reply.stream));
  }
  if (!accepts_gzip(query.header("Accept-Encoding").value_or(""))) return reply;
  reply.stream = std::make_unique<RewrittenStream<GzipStream>>(std::move(reply.stream));
  reply.headers.emplace_back("Content-Encoding", "gzip");
  return reply;
}

HttpReply exposition_reply(const HttpQuery& query, std::string page) {
  auto reply = exposition_reply(query, std::make_unique<WholeText>(std::move(page)));
  reply.body = gather(*reply.stream);
  reply.stream.reset();
  return reply;
}

}  // namespace hakoban
