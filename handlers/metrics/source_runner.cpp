#include "handlers/metrics/source_runner.h"

#include <exception>
#include <utility>

namespace hakoban {
namespace {

constexpr Duration kUntilAsked = 1h;  // pop() ends earlier on a question and on stop

// A source that throws has a bug; the page goes on without it.
Result<void> write_guarded(MetricSource& source, std::string& page) {
  try {
    return source.write(page);
  } catch (const std::exception& thrown) {
    page.clear();  // it may end within a line
    return Error{Errc::unavailable, thrown.what()};
  }
}

}  // namespace

SourceRunner::SourceRunner(MetricSource& source, const Clock& clock)
    : source_(source), clock_(clock), thread_([this](const std::stop_token& stop) { work(stop); }) {}

SourceRunner::~SourceRunner() = default;

bool SourceRunner::ask() {
  if (busy_ && !answers_.pop(0ns, {})) return false;
  busy_ = questions_.try_push(true);
  return busy_;
}

std::optional<SourceAnswer> SourceRunner::wait(Duration patience) {
  auto answer = answers_.pop(patience, {});
  if (answer) busy_ = false;
  return answer;
}

void SourceRunner::work(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    if (!questions_.pop(kUntilAsked, stop)) continue;
    SourceAnswer answer;
    const auto began = clock_.steady();
    answer.result = write_guarded(source_, answer.page);
    answer.took = clock_.steady() - began;
    answers_.push(std::move(answer), stop);
  }
}

}  // namespace hakoban
