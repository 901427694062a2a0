#include "handlers/metrics/source_runner.h"

#include <exception>
#include <utility>

namespace hakoban {
namespace {

constexpr Duration kUntilAsked = 1h;  // pop() ends earlier on a question and on stop

// A source that throws has a bug; the page goes on without what it did not write.
Result<void> write_guarded(MetricSource& source, PageText& text) {
  try {
    return source.write(text);
  } catch (const std::exception& thrown) {
    return Error{Errc::unavailable, thrown.what()};
  }
}

}  // namespace

SourceRunner::SourceRunner(MetricSource& source, const Clock& clock)
    : source_(source), clock_(clock), thread_([this](const std::stop_token& stop) { work(stop); }) {}

SourceRunner::~SourceRunner() = default;

bool SourceRunner::ask(std::shared_ptr<PageRound> round, std::size_t number) {
  return !busy_.exchange(true) && questions_.try_push({std::move(round), number});
}

void SourceRunner::work(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    if (const auto question = questions_.pop(kUntilAsked, stop)) answer(*question);
  }
}

void SourceRunner::answer(const Question& question) {
  const auto began = clock_.steady();
  RoundOutlet outlet{*question.round, question.number};
  PageText text{outlet};
  auto result = write_guarded(source_, text);
  text.flush();
  busy_ = false;  // before the round can end and the next one ask
  question.round->finish(question.number, {std::move(result), clock_.steady() - began});
}

}  // namespace hakoban
