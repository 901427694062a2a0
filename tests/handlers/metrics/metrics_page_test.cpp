#include "handlers/metrics/metrics_page.h"

#include <latch>
#include <stdexcept>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <prometheus/counter.h>

#include "tests/fakes/exposition_reader.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/registry_values.h"

namespace hakoban {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing_tools::ExpositionReader;

// Does what the test says.
class ScriptedSource final : public MetricSource {
 public:
  ScriptedSource(std::string_view name, std::function<Result<void>(std::string&)> act)
      : name_(name), act_(std::move(act)) {}
  [[nodiscard]] std::string_view name() const override { return name_; }
  [[nodiscard]] Result<void> write(std::string& page) override { return act_(page); }

 private:
  std::string_view name_;
  std::function<Result<void>(std::string&)> act_;
};

ScriptedSource good_source() {
  return {"good", [](std::string& page) -> Result<void> {
            page += "# HELP good Good.\n# TYPE good gauge\ngood 1\n";
            return {};
          }};
}

class MetricsPageTest : public testing::Test {
 protected:
  ExpositionReader read(MetricsPage& page) {
    const auto reply = page.answer({.method = "GET", .path = "/metrics"});
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.content_type, "text/plain; version=0.0.4; charset=utf-8");
    ExpositionReader reader{reply.body};
    EXPECT_THAT(reader.problems(), IsEmpty()) << reply.body;
    return reader;
  }

  FakeClock clock_;
  prometheus::Registry registry_;
};

TEST_F(MetricsPageTest, HoldsSourcesAndOwnCounters) {
  auto good = good_source();
  prometheus::BuildCounter()
      .Name("hakoban_things_total")
      .Help("Things.")
      .Register(registry_)
      .Add({})
      .Increment(3);
  MetricsPage page{{&good}, registry_, clock_};
  const auto text = read(page);
  EXPECT_EQ(text.value("good"), "1");
  EXPECT_EQ(text.value("hakoban_things_total"), "3");
  EXPECT_EQ(text.value("hakoban_collector_success", {"collector=\"good\""}), "1");
  EXPECT_EQ(text.value("hakoban_collector_duration_seconds", {"collector=\"good\""}), "0");
}

TEST_F(MetricsPageTest, FailingSourceSpoilsNothing) {
  auto good = good_source();
  ScriptedSource bad{"bad", [](std::string&) -> Result<void> {
                       return Error{Errc::unavailable, "no such thing"};
                     }};
  MetricsPage page{{&bad, &good}, registry_, clock_};
  const auto text = read(page);
  EXPECT_EQ(text.value("good"), "1");
  EXPECT_EQ(text.value("hakoban_collector_success", {"collector=\"bad\""}), "0");
  EXPECT_EQ(value_in(registry_, "hakoban_collector_failures_total", {{"collector", "bad"}}), 1);
}

TEST_F(MetricsPageTest, ThrowingSourceLeavesNoHalfLine) {
  auto good = good_source();
  ScriptedSource bad{"bad", [](std::string& page) -> Result<void> {
                       page += "# TYPE half gauge\nhalf{a=\"";
                       throw std::runtime_error("bug");
                     }};
  MetricsPage page{{&bad, &good}, registry_, clock_};
  EXPECT_EQ(read(page).value("hakoban_collector_success", {"collector=\"bad\""}), "0");
}

TEST_F(MetricsPageTest, SlowSourceIsLeftOutUntilItIsDone) {
  std::latch release{1};
  ScriptedSource slow{"slow", [&](std::string& page) -> Result<void> {
                        release.wait();
                        page += "# TYPE slow gauge\nslow 1\n";
                        return {};
                      }};
  MetricsPage page{{&slow}, registry_, clock_, {.source_timeout = 1ms}};
  EXPECT_EQ(read(page).value("hakoban_collector_success", {"collector=\"slow\""}), "0");
  EXPECT_EQ(read(page).value("slow"), std::nullopt);
  release.count_down();
  while (read(page).value("hakoban_collector_success", {"collector=\"slow\""}) != "1")
    std::this_thread::yield();
  EXPECT_GE(value_in(registry_, "hakoban_collector_failures_total", {{"collector", "slow"}}), 2);
}

TEST_F(MetricsPageTest, ScrapesAtOnceGetOnePage) {
  std::latch entered{1};
  std::latch release{1};
  std::atomic<int> runs{0};
  ScriptedSource source{"slow", [&](std::string& page) -> Result<void> {
                          if (++runs == 1) {
                            entered.count_down();
                            release.wait();
                          }
                          page += "# TYPE runs gauge\nruns " + std::to_string(runs) + '\n';
                          return {};
                        }};
  MetricsPage page{{&source}, registry_, clock_, {.source_timeout = 1h}};
  std::vector<std::jthread> scrapes;
  scrapes.emplace_back([&] { EXPECT_EQ(read(page).value("runs"), "1"); });
  entered.wait();
  for (int i = 0; i < 3; ++i) scrapes.emplace_back([&] { EXPECT_EQ(read(page).value("runs"), "1"); });
  while (value_in(registry_, "hakoban_scrapes_coalesced_total") < 3) std::this_thread::yield();
  release.count_down();
  scrapes.clear();
  EXPECT_EQ(runs, 1);
  EXPECT_EQ(read(page).value("runs"), "2");
}

TEST_F(MetricsPageTest, EachOfThoseThatShareAPageGetsItInItsOwnForm) {
  auto good = good_source();
  MetricsPage page{{&good}, registry_, clock_};
  const auto plain = page.answer({.method = "GET", .path = "/metrics"});
  EXPECT_THAT(plain.headers, Not(testing::Contains(testing::Pair("Content-Encoding", testing::_))));
  EXPECT_THAT(plain.body, HasSubstr("\ngood 1\n"));
  const auto open = page.answer({.method = "GET",
                                 .path = "/metrics",
                                 .headers = {{"accept", "application/openmetrics-text; version=1.0.0"}}});
  EXPECT_THAT(open.content_type, testing::StartsWith("application/openmetrics-text"));
  EXPECT_THAT(open.body, testing::EndsWith("# EOF\n"));
}

}  // namespace
}  // namespace hakoban
