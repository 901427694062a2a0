#include "core/metrics/exposition.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "core/metrics/label_block.h"

namespace hakoban {
namespace {

TEST(FamilyWriter, WritesHelpAndTypeOnce) {
  PageText page;
  FamilyWriter family{page, "box_", "things_total", MetricType::counter, "Things."};
  family.sample("a=\"1\"", 7);
  family.sample("a=\"2\"", "b=\"3\"", std::uint64_t{8});
  family.sample({}, "c=\"4\"", std::uint64_t{9});
  family.sample({}, 18446744073709551615ULL);
  EXPECT_EQ(page.text(),
            "# HELP box_things_total Things.\n"
            "# TYPE box_things_total counter\n"
            "box_things_total{a=\"1\"} 7\n"
            "box_things_total{a=\"2\",b=\"3\"} 8\n"
            "box_things_total{c=\"4\"} 9\n"
            "box_things_total 18446744073709551615\n");
}

TEST(FamilyWriter, LeavesNoTraceWithoutSamples) {
  PageText page;
  { const FamilyWriter family{page, "things", MetricType::gauge, "Things."}; }
  EXPECT_EQ(page.text(), "");
}

std::string seconds(std::uint64_t nanoseconds) {
  PageText page;
  FamilyWriter{page, "t", MetricType::gauge, "T."}.seconds({}, {}, nanoseconds);
  return std::string{page.text().substr(page.text().rfind("t ") + 2)};
}

TEST(FamilyWriter, WritesNanosecondsAsSecondsExactly) {
  EXPECT_EQ(seconds(0), "0\n");
  EXPECT_EQ(seconds(1), "0.000000001\n");
  EXPECT_EQ(seconds(1'500'000'000), "1.5\n");
  EXPECT_EQ(seconds(2'000'000'000), "2\n");
  EXPECT_EQ(seconds(10'000'000'010), "10.00000001\n");
  EXPECT_EQ(seconds(18446744073709551615ULL), "18446744073.709551615\n");
}

std::string number(double value) {
  PageText page;
  FamilyWriter{page, "t", MetricType::gauge, "T."}.sample({}, {}, value);
  return std::string{page.text().substr(page.text().rfind("t ") + 2)};
}

TEST(FamilyWriter, WritesNumbersAsPrometheusReadsThem) {
  EXPECT_EQ(number(0.25), "0.25\n");
  EXPECT_EQ(number(-3), "-3\n");
  EXPECT_EQ(number(std::nan("")), "NaN\n");
  EXPECT_EQ(number(std::numeric_limits<double>::infinity()), "+Inf\n");
  EXPECT_EQ(number(-std::numeric_limits<double>::infinity()), "-Inf\n");
}

TEST(LabelBlock, EscapesAndLeavesOutEmptyValues) {
  EXPECT_EQ(LabelBlock{}.add("a", "x").add("none", "").add("b", "q\"b\\s\nl").text(),
            "a=\"x\",b=\"q\\\"b\\\\s\\nl\"");
  EXPECT_EQ(LabelBlock{}.text(), "");
}

TEST(LabelBlock, NamesDockerLabelsAsCadvisorDoes) {
  EXPECT_EQ(container_label_name("com.amazonaws.ecs.task-arn"), "container_label_com_amazonaws_ecs_task_arn");
  EXPECT_EQ(container_label_name("Ärger/1"), "container_label___rger_1");
}

}  // namespace
}  // namespace hakoban
