#include "handlers/metrics/metrics_page.h"

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <utility>

#include <prometheus/counter.h>
#include <prometheus/histogram.h>
#include <prometheus/text_serializer.h>

#include "core/metrics/exposition.h"
#include "core/metrics/label_block.h"
#include "handlers/metrics/source_runner.h"
#include "platform/http/exposition_reply.h"
#include "platform/log.h"

namespace hakoban {
namespace {

struct Counters {
  prometheus::Counter& scrapes;
  prometheus::Counter& coalesced;
  prometheus::Family<prometheus::Counter>& failures;
  prometheus::Histogram& seconds;

  explicit Counters(prometheus::Registry& registry)
      : scrapes(prometheus::BuildCounter()
                    .Name("hakoban_scrapes_total")
                    .Help("Scrapes of the metrics page.")
                    .Register(registry)
                    .Add({})),
        coalesced(prometheus::BuildCounter()
                      .Name("hakoban_scrapes_coalesced_total")
                      .Help("Scrapes that got the page of another one under way.")
                      .Register(registry)
                      .Add({})),
        failures(prometheus::BuildCounter()
                     .Name("hakoban_collector_failures_total")
                     .Help("Scrapes in which a collector failed or was too slow.")
                     .Register(registry)),
        seconds(prometheus::BuildHistogram()
                    .Name("hakoban_scrape_seconds")
                    .Help("Time to make the metrics page.")
                    .Register(registry)
                    .Add({}, prometheus::Histogram::BucketBoundaries{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                                                     0.1, 0.25, 0.5, 1, 2.5, 5, 10})) {}
};

struct Outcome {
  std::string_view name;
  bool success = false;
  std::optional<Duration> took;
};

void write_outcomes(std::string& page, const std::vector<Outcome>& outcomes) {
  FamilyWriter success{page, "hakoban_collector_success", MetricType::gauge,
                       "Whether the collector's families are on this page."};
  for (const auto& outcome : outcomes)
    success.sample(LabelBlock{}.add("collector", outcome.name).text(), outcome.success ? 1 : 0);
  FamilyWriter duration{page, "hakoban_collector_duration_seconds", MetricType::gauge,
                        "Time the collector took; missing when it did not finish."};
  for (const auto& outcome : outcomes) {
    if (outcome.took)
      duration.sample(LabelBlock{}.add("collector", outcome.name).text(), {}, as_seconds(*outcome.took));
  }
}

}  // namespace

class MetricsPage::Impl {
 public:
  Impl(const std::vector<MetricSource*>& sources, prometheus::Registry& registry, const Clock& clock,
       MetricsPageConfig config)
      : registry_(registry), clock_(clock), config_(config), counters_(registry) {
    for (auto* const source : sources) runners_.push_back(std::make_unique<SourceRunner>(*source, clock));
  }

  HttpReply answer(const HttpQuery& query) {
    counters_.scrapes.Increment();
    return exposition_reply(query, page_for_one_of_many());
  }

 private:
  std::string page_for_one_of_many() {
    std::unique_lock lock{mutex_};
    if (making_) {
      counters_.coalesced.Increment();
      ++waiting_;
      const auto round = round_;
      made_.wait(lock, [&] { return round_ != round; });
      --waiting_;
      return shared_page_;
    }
    making_ = true;
    lock.unlock();
    try {
      auto page = make();
      finish(page);
      return page;
    } catch (...) {  // out of memory: those who wait must not wait for ever
      finish({});
      throw;
    }
  }

  void finish(const std::string& page) {
    const std::lock_guard lock{mutex_};
    making_ = false;
    ++round_;
    shared_page_ = waiting_ > 0 ? page : std::string{};  // nobody waits: do not keep megabytes
    made_.notify_all();
  }

  // Runs in one thread at a time.
  std::string make() {
    const auto began = clock_.steady();
    std::vector<SourceRunner*> asked;
    std::vector<Outcome> outcomes;
    for (const auto& runner : runners_) {
      if (runner->ask())
        asked.push_back(runner.get());
      else
        failed(outcomes, *runner, {Errc::timeout, "still busy with an earlier scrape"}, std::nullopt);
    }
    std::string page;
    for (auto* const runner : asked) {
      const auto left = std::max(config_.source_timeout - (clock_.steady() - began), Duration{0});
      take(page, outcomes, *runner, runner->wait(left));
    }
    write_outcomes(page, outcomes);
    counters_.seconds.Observe(as_seconds(clock_.steady() - began));
    page += prometheus::TextSerializer{}.Serialize(registry_.Collect());
    return page;
  }

  void take(std::string& page, std::vector<Outcome>& outcomes, const SourceRunner& runner,
            std::optional<SourceAnswer> answer) {
    if (!answer) {
      const auto limit = format_duration(config_.source_timeout);
      return failed(outcomes, runner, {Errc::timeout, "not done within " + limit}, std::nullopt);
    }
    if (page.empty())
      page = std::move(answer->page);  // the containers' megabytes are not copied
    else
      page += answer->page;
    if (!answer->result) return failed(outcomes, runner, answer->result.error(), answer->took);
    outcomes.push_back({runner.name(), true, answer->took});
    if (troubles_.erase(std::string{runner.name()}) > 0)
      log::info("collector works again", {{"collector", runner.name()}});
  }

  // Counts every failure; logs when it begins and when it becomes another.
  void failed(std::vector<Outcome>& outcomes, const SourceRunner& runner, const Error& error,
              std::optional<Duration> took) {
    const std::string name{runner.name()};
    outcomes.push_back({runner.name(), false, took});
    counters_.failures.Add({{"collector", name}}).Increment();
    auto& trouble = troubles_[name];
    if (trouble != error.what) log::warn("collector fails", {{"collector", name}, {"error", error}});
    trouble = error.what;
  }

  prometheus::Registry& registry_;
  const Clock& clock_;
  const MetricsPageConfig config_;
  Counters counters_;
  std::vector<std::unique_ptr<SourceRunner>> runners_;
  std::map<std::string, std::string> troubles_;  // by collector; only make() touches it

  std::mutex mutex_;  // guards what follows
  std::condition_variable made_;
  bool making_ = false;
  std::uint64_t round_ = 0;
  std::size_t waiting_ = 0;
  std::string shared_page_;
};

MetricsPage::MetricsPage(const std::vector<MetricSource*>& sources, prometheus::Registry& registry,
                         const Clock& clock, MetricsPageConfig config)
    : impl_(std::make_unique<Impl>(sources, registry, clock, config)) {}

MetricsPage::~MetricsPage() = default;

HttpReply MetricsPage::answer(const HttpQuery& query) {
  return impl_->answer(query);
}

}  // namespace hakoban
