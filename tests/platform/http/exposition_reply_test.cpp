#include "platform/http/exposition_reply.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "platform/compression/gzip.h"

namespace hakoban {
namespace {

using testing::Contains;
using testing::EndsWith;
using testing::Pair;
using testing::StartsWith;

constexpr const char* kPage = "# HELP good Good.\n# TYPE good gauge\ngood 1\n";

HttpReply asked(HttpHeaders headers) {
  return exposition_reply({.method = "GET", .path = "/metrics", .headers = std::move(headers)}, kPage);
}

TEST(ExpositionReply, IsTextAndPlainUnlessAskedOtherwise) {
  const auto reply = asked({});
  EXPECT_EQ(reply.content_type, "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_EQ(reply.body, kPage);
  EXPECT_THAT(reply.headers, testing::Not(Contains(Pair("Content-Encoding", testing::_))));
}

TEST(ExpositionReply, CompressesWhatWasChosen) {
  const auto reply =
      asked({{"accept-encoding", "br, gzip;q=0.5"}, {"accept", "application/openmetrics-text"}});
  EXPECT_EQ(reply.content_type, "application/openmetrics-text; version=1.0.0; charset=utf-8");
  EXPECT_THAT(reply.headers, Contains(Pair("Content-Encoding", "gzip")));
  EXPECT_THAT(gunzip(reply.body).value(), EndsWith("good 1\n# EOF\n"));
}

// The page in two parts, cut within a family.
class TwoParts final : public HttpBodyStream {
 public:
  std::optional<std::string_view> next() override {
    if (++given_ > 2) return std::nullopt;
    return given_ == 1 ? "# HELP good_total Good.\n" : "# TYPE good_total counter\ngood_total 1\n";
  }

 private:
  int given_ = 0;
};

HttpReply asked_for_stream(HttpHeaders headers) {
  return exposition_reply({.method = "GET", .path = "/metrics", .headers = std::move(headers)},
                          std::make_unique<TwoParts>());
}

TEST(ExpositionReply, StreamsWhatWasChosen) {
  auto plain = asked_for_stream({});
  EXPECT_EQ(plain.stream->next(), "# HELP good_total Good.\n");
  EXPECT_EQ(gather(*plain.stream), "# TYPE good_total counter\ngood_total 1\n");
  auto open = asked_for_stream({{"accept", "application/openmetrics-text"}});
  EXPECT_EQ(open.content_type, "application/openmetrics-text; version=1.0.0; charset=utf-8");
  EXPECT_EQ(gather(*open.stream), "# TYPE good counter\n# HELP good Good.\ngood_total 1\n# EOF\n");
  auto packed = asked_for_stream({{"accept-encoding", "gzip"}, {"accept", "application/openmetrics-text"}});
  EXPECT_THAT(packed.headers, Contains(Pair("Content-Encoding", "gzip")));
  EXPECT_EQ(gunzip(gather(*packed.stream)).value(),
            "# TYPE good counter\n# HELP good Good.\ngood_total 1\n# EOF\n");
}

TEST(ExpositionReply, TakesGzipAsTheHeaderSays) {
  for (const char* yes : {"gzip", "*", "br, gzip", "gzip;q=0.1", "gzip ; q=1", " deflate,gzip",
                          "gzip;q=0.001", "GZip", "*;q=0, gzip"})
    EXPECT_TRUE(accepts_gzip(yes)) << yes;
  for (const char* no : {"", "identity", "gzip;q=0", "gzip;q=0.000", "br", "xgzip", "gzipped", ",,;",
                         "*, gzip;q=0", "*;q=0", "gzip;q=much"})
    EXPECT_FALSE(accepts_gzip(no)) << no;
}

TEST(ExpositionReply, PrefersOpenMetricsAsTheHeaderSays) {
  for (const char* yes :
       {"application/openmetrics-text", "application/openmetrics-text; version=1.0.0; charset=utf-8",
        // Prometheus 2.42, and 3
        "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
        "text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
        "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,text/"
        "plain;version=0.0.4;q=0.3",
        "text/plain, Application/OpenMetrics-Text"})
    EXPECT_TRUE(prefers_openmetrics(yes)) << yes;
  for (const char* no :
       {"", "*/*", "text/html,application/xhtml+xml,*/*;q=0.8", "text/plain",
        "application/openmetrics-text;version=0.0.1", "application/openmetrics-text;version=2.0.0",
        "application/openmetrics-text;q=0", "text/plain;q=0.9,application/openmetrics-text;q=0.5",
        "application/openmetrics-textual"})
    EXPECT_FALSE(prefers_openmetrics(no)) << no;
}

}  // namespace
}  // namespace hakoban
