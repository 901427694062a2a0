#include "handlers/metrics/metrics_page.h"

#include <condition_variable>
#include <exception>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include <prometheus/counter.h>
#include <prometheus/histogram.h>
#include <prometheus/text_serializer.h>

#include "core/metrics/exposition.h"
#include "core/metrics/label_block.h"
#include "handlers/metrics/block_pool.h"
#include "handlers/metrics/page_round.h"
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

void write_outcomes(PageText& page, const std::vector<Outcome>& outcomes) {
  FamilyWriter success{page, "hakoban_collector_success", MetricType::gauge,
                       "Whether all of the collector's families are on this page."};
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
    maker_ = std::jthread{[this](const std::stop_token& stop) { make_when_wanted(stop); }};
  }

  HttpReply answer(const HttpQuery& query) {
    counters_.scrapes.Increment();
    if (pool_->shared_bytes() > config_.max_unsent_bytes) return too_many_answers();
    return exposition_reply(query, join());
  }

 private:
  std::unique_ptr<HttpBodyStream> join() {
    const std::lock_guard lock{mutex_};
    if (auto reader = open_ ? open_->join() : nullptr) {
      counters_.coalesced.Increment();
      return reader;
    }
    open_ = std::make_shared<PageRound>(runners_.size() + 1, pool_);
    wanted_ = true;
    changed_.notify_all();
    return open_->join();
  }

  void make_when_wanted(const std::stop_token& stop) {
    std::unique_lock lock{mutex_};
    while (changed_.wait(lock, stop, [&] { return wanted_; })) {
      wanted_ = false;
      const auto round = open_;
      lock.unlock();
      try {
        make(round);
      } catch (const std::exception& thrown) {  // out of memory: those who read must not wait for ever
        log::error("the metrics page failed in its middle", {{"error", thrown.what()}});
        end(*round);
      }
      lock.lock();
    }
    if (open_) end(*open_);
  }

  void end(PageRound& round) const {
    static_cast<void>(round.wait_for(runners_.size(), Duration{0}));
    round.finish(runners_.size(), {});
  }

  void make(const std::shared_ptr<PageRound>& round) {
    const auto began = clock_.steady();
    for (std::size_t i = 0; i < runners_.size(); ++i) {
      if (!runners_[i]->ask(round, i))
        round->finish(i, {Error{Errc::timeout, "still busy with an earlier scrape"}, std::nullopt});
    }
    const auto answers = round->wait_for(runners_.size(), config_.source_timeout);
    std::vector<Outcome> outcomes;
    for (std::size_t i = 0; i < runners_.size(); ++i) note(outcomes, *runners_[i], answers[i]);
    counters_.seconds.Observe(as_seconds(clock_.steady() - began));
    RoundOutlet outlet{*round, runners_.size()};
    PageText text{outlet};
    write_outcomes(text, outcomes);
    text.append(prometheus::TextSerializer{}.Serialize(registry_.Collect()));
    text.flush();
    round->finish(runners_.size(), {});
  }

  void note(std::vector<Outcome>& outcomes, const SourceRunner& runner,
            const std::optional<SourceAnswer>& answer) {
    if (!answer) {
      const auto limit = format_duration(config_.source_timeout);
      return failed(outcomes, runner, {Errc::timeout, "not done within " + limit}, std::nullopt);
    }
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
  const std::shared_ptr<BlockPool> pool_ = std::make_shared<BlockPool>();

  std::mutex mutex_;  // guards what follows
  std::condition_variable_any changed_;
  std::shared_ptr<PageRound> open_;  // the newest; may be joined until its text goes out
  bool wanted_ = false;              // it is to be made
  std::jthread maker_;               // last: it uses all above
};

MetricsPage::MetricsPage(const std::vector<MetricSource*>& sources, prometheus::Registry& registry,
                         const Clock& clock, MetricsPageConfig config)
    : impl_(std::make_unique<Impl>(sources, registry, clock, config)) {}

MetricsPage::~MetricsPage() = default;

HttpReply MetricsPage::answer(const HttpQuery& query) {
  return impl_->answer(query);
}

}  // namespace hakoban
