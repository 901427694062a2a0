#include "core/metrics/openmetrics.h"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace hakoban {
namespace {

std::string to_openmetrics(std::string_view page) {
  OpenMetricsRewriter rewriter;
  std::string text;
  rewriter.append(page, text);
  rewriter.end(text);
  return text;
}

TEST(OpenMetrics, EndsWithEofAndNothingElseWhenThereIsNothing) {
  EXPECT_EQ(to_openmetrics(""), "# EOF\n");
}

TEST(OpenMetrics, CountersFamilyLosesTotalAndItsSamplesKeepIt) {
  EXPECT_EQ(to_openmetrics("# HELP a_seconds_total Time.\n# TYPE a_seconds_total counter\n"
                           "a_seconds_total{b=\"c\"} 1.5\na_seconds_total{b=\"d\"} 2\n"),
            "# TYPE a_seconds counter\n# UNIT a_seconds seconds\n# HELP a_seconds Time.\n"
            "a_seconds_total{b=\"c\"} 1.5\na_seconds_total{b=\"d\"} 2\n# EOF\n");
}

TEST(OpenMetrics, CounterOfAnotherNameIsUnknownSoThatItsNameStays) {
  EXPECT_EQ(to_openmetrics("# TYPE container_memory_failcnt counter\ncontainer_memory_failcnt 3\n"),
            "# TYPE container_memory_failcnt unknown\ncontainer_memory_failcnt 3\n# EOF\n");
}

TEST(OpenMetrics, InfoFamilyIsNamedWithoutItsSuffix) {
  EXPECT_EQ(
      to_openmetrics("# HELP ecs_task_info What.\n# TYPE ecs_task_info gauge\necs_task_info{a=\"b\"} 1\n"),
      "# TYPE ecs_task info\n# HELP ecs_task What.\necs_task_info{a=\"b\"} 1\n# EOF\n");
}

TEST(OpenMetrics, GaugeKeepsItsNameAndHasItsUnit) {
  EXPECT_EQ(to_openmetrics("# TYPE a_bytes gauge\na_bytes 1\n# TYPE b untyped\nb NaN\n"),
            "# TYPE a_bytes gauge\n# UNIT a_bytes bytes\na_bytes 1\n# TYPE b unknown\nb NaN\n# EOF\n");
}

TEST(OpenMetrics, BoundsOfHistogramsAreFloats) {
  EXPECT_EQ(to_openmetrics("# TYPE t_seconds histogram\nt_seconds_count 3\nt_seconds_sum 4\n"
                           "t_seconds_bucket{x=\"le\",le=\"0.5\"} 1\nt_seconds_bucket{x=\"y\",le=\"10\"} 3\n"
                           "t_seconds_bucket{x=\"y\",le=\"+Inf\"} 3\n"),
            "# TYPE t_seconds histogram\n# UNIT t_seconds seconds\nt_seconds_count 3\nt_seconds_sum 4\n"
            "t_seconds_bucket{x=\"le\",le=\"0.5\"} 1\nt_seconds_bucket{x=\"y\",le=\"10.0\"} 3\n"
            "t_seconds_bucket{x=\"y\",le=\"+Inf\"} 3\n# EOF\n");
}

TEST(OpenMetrics, QuotesInHelpAreEscaped) {
  EXPECT_EQ(to_openmetrics("# HELP a Says \"b\".\n# TYPE a gauge\na 1\n"),
            "# TYPE a gauge\n# HELP a Says \\\"b\\\".\na 1\n# EOF\n");
}

TEST(OpenMetrics, LabelValuesMayLookLikeHeaders) {
  EXPECT_EQ(to_openmetrics("# TYPE a gauge\na{b=\"# TYPE x counter\"} 1\n# a comment\n"),
            "# TYPE a gauge\na{b=\"# TYPE x counter\"} 1\n# EOF\n");
}

TEST(OpenMetrics, FamiliesMayBeCutAfterAnyLine) {
  const std::string page =
      "# HELP a_seconds_total \"Time\".\n# TYPE a_seconds_total counter\na_seconds_total{b=\"c\"} 1\n"
      "a_seconds_total{b=\"d\"} 2\n# TYPE t histogram\nt_bucket{le=\"1\"} 1\nt_bucket{le=\"+Inf\"} 1\n"
      "# TYPE ecs_task_info gauge\necs_task_info{a=\"b\"} 1\n";
  OpenMetricsRewriter rewriter;
  std::string text;
  for (std::size_t at = 0; at < page.size();) {
    const auto size = page.find('\n', at) + 1 - at;
    rewriter.append(std::string_view{page}.substr(at, size), text);
    at += size;
  }
  rewriter.end(text);
  EXPECT_EQ(text, to_openmetrics(page));
}

}  // namespace
}  // namespace hakoban
