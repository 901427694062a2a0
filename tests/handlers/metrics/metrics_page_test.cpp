#include "handlers/metrics/metrics_page.h"

#include <atomic>
#include <cstring>
#include <latch>
#include <stdexcept>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <prometheus/counter.h>

#include "core/metrics/exposition.h"
#include "core/metrics/label_block.h"
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
  ScriptedSource(std::string_view name, std::function<Result<void>(PageText&)> act)
      : name_(name), act_(std::move(act)) {}
  [[nodiscard]] std::string_view name() const override { return name_; }
  [[nodiscard]] Result<void> write(PageText& page) override { return act_(page); }

 private:
  std::string_view name_;
  std::function<Result<void>(PageText&)> act_;
};

ScriptedSource good_source() {
  return {"good", [](PageText& page) -> Result<void> {
            page.append("# HELP good Good.\n# TYPE good gauge\ngood 1\n");
            return {};
          }};
}

class MetricsPageTest : public testing::Test {
 protected:
  ExpositionReader read(MetricsPage& page) {
    auto reply = page.answer({.method = "GET", .path = "/metrics"});
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.content_type, "text/plain; version=0.0.4; charset=utf-8");
    const auto body = gather(*reply.stream);
    ExpositionReader reader{body};
    EXPECT_THAT(reader.problems(), IsEmpty()) << body;
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
  ScriptedSource bad{"bad", [](PageText&) -> Result<void> {
                       return Error{Errc::unavailable, "no such thing"};
                     }};
  MetricsPage page{{&bad, &good}, registry_, clock_};
  const auto text = read(page);
  EXPECT_EQ(text.value("good"), "1");
  EXPECT_EQ(text.value("hakoban_collector_success", {"collector=\"bad\""}), "0");
  EXPECT_EQ(value_in(registry_, "hakoban_collector_failures_total", {{"collector", "bad"}}), 1);
}

TEST_F(MetricsPageTest, ThrowingSourceKeepsWhatItWroteInWholeLines) {
  auto good = good_source();
  ScriptedSource bad{"bad", [](PageText& page) -> Result<void> {
                       page.append("# TYPE whole gauge\nwhole 1\n");
                       std::memcpy(page.room(6), "half{a", 6);
                       throw std::runtime_error("bug");
                     }};
  MetricsPage page{{&bad, &good}, registry_, clock_};
  const auto text = read(page);
  EXPECT_EQ(text.value("hakoban_collector_success", {"collector=\"bad\""}), "0");
  EXPECT_EQ(text.value("whole"), "1");
  EXPECT_EQ(text.value("good"), "1");
}

TEST_F(MetricsPageTest, SlowSourceIsLeftOutUntilItIsDone) {
  std::latch release{1};
  ScriptedSource slow{"slow", [&](PageText& page) -> Result<void> {
                        release.wait();
                        page.append("# TYPE slow gauge\nslow 1\n");
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
  ScriptedSource source{"slow", [&](PageText& page) -> Result<void> {
                          if (++runs == 1) {
                            entered.count_down();
                            release.wait();
                          }
                          page.append("# TYPE runs gauge\nruns " + std::to_string(runs) + '\n');
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
  auto plain = page.answer({.method = "GET", .path = "/metrics"});
  EXPECT_THAT(plain.headers, Not(testing::Contains(testing::Pair("Content-Encoding", testing::_))));
  EXPECT_THAT(gather(*plain.stream), HasSubstr("\ngood 1\n"));
  auto open = page.answer({.method = "GET",
                           .path = "/metrics",
                           .headers = {{"accept", "application/openmetrics-text; version=1.0.0"}}});
  EXPECT_THAT(open.content_type, testing::StartsWith("application/openmetrics-text"));
  EXPECT_THAT(gather(*open.stream), testing::EndsWith("# EOF\n"));
}

// Blocks of whole lines, many times what readers are waited for.
ScriptedSource large_source(std::atomic<int>& runs) {
  return {"large", [&runs](PageText& page) -> Result<void> {
            const auto run = std::to_string(++runs);
            FamilyWriter family{page, "large", MetricType::gauge, "Large."};
            const std::string long_label(1000, 'x');
            for (int i = 0; i < 3000; ++i)
              family.sample(
                  LabelBlock{}.add("run", run).add("i", std::to_string(i)).add("x", long_label).text(), 1);
            return {};
          }};
}

TEST_F(MetricsPageTest, ClientThatDoesNotReadHoldsUpNobody) {
  std::atomic<int> runs{0};
  auto large = large_source(runs);
  MetricsPage page{{&large}, registry_, clock_};
  auto idle = page.answer({.method = "GET", .path = "/metrics"});
  EXPECT_EQ(read(page).count("large"), 3000U);
  EXPECT_EQ(read(page).count("large"), 3000U);
  const auto late = gather(*idle.stream);  // it has all of the page that it asked for
  const ExpositionReader reader{late};
  EXPECT_THAT(reader.problems(), IsEmpty());
  EXPECT_EQ(reader.count("large"), 3000U);
  EXPECT_EQ(reader.value("large", {"run=\"1\"", "i=\"2999\""}), "1");
}

TEST_F(MetricsPageTest, ScrapeThatComesAfterThePagesBeginningGetsTheNextOne) {
  std::atomic<int> runs{0};
  auto large = large_source(runs);
  MetricsPage page{{&large}, registry_, clock_};
  auto first = page.answer({.method = "GET", .path = "/metrics"});
  std::string body{first.stream->next().value()};
  const auto second = read(page);
  EXPECT_EQ(second.count("large"), 3000U);
  EXPECT_EQ(second.value("large", {"run=\"2\"", "i=\"0\""}), "1");
  body += gather(*first.stream);
  EXPECT_EQ(ExpositionReader{body}.count("large"), 3000U);
  EXPECT_EQ(value_in(registry_, "hakoban_scrapes_coalesced_total"), 0);
}

TEST_F(MetricsPageTest, PagesThatNobodyReadsDoNotFillTheMemory) {
  std::atomic<int> runs{0};
  auto large = large_source(runs);
  MetricsPage page{{&large}, registry_, clock_, {.max_unsent_bytes = 1 << 20}};
  std::vector<HttpReply> unread;
  do {
    unread.push_back(page.answer({.method = "GET", .path = "/metrics"}));
    if (unread.back().stream) static_cast<void>(unread.back().stream->next());
  } while (unread.back().status == 200 && unread.size() < 100);
  EXPECT_EQ(unread.back().status, 503);
  EXPECT_LT(unread.size(), 4U);  // each is 3 MB
  unread.clear();
  while (page.answer({.method = "HEAD", .path = "/metrics"}).status != 200) std::this_thread::yield();
}

TEST_F(MetricsPageTest, SourceBehindASlowOneIsWholeOnThePageAndInItsPlace) {
  std::atomic<int> runs{0};
  auto large = large_source(runs);
  std::latch large_is_done{1};
  ScriptedSource behind{"behind", [&](PageText& page) -> Result<void> {
                          auto written = large.write(page);
                          large_is_done.count_down();
                          return written;
                        }};
  ScriptedSource slow{"slow", [&](PageText& page) -> Result<void> {
                        large_is_done.wait();
                        page.append("# TYPE slow gauge\nslow 1\n");
                        return {};
                      }};
  MetricsPage page{{&slow, &behind}, registry_, clock_, {.source_timeout = 1h}};
  auto reply = page.answer({.method = "GET", .path = "/metrics"});
  const auto body = gather(*reply.stream);
  EXPECT_EQ(ExpositionReader{body}.count("large"), 3000U);
  EXPECT_TRUE(body.starts_with("# TYPE slow gauge\nslow 1\n# HELP large"));
}

}  // namespace
}  // namespace hakoban
