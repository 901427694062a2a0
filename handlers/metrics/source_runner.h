// Runs one MetricSource in its own thread, so that a slow source costs nobody else their answer.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <string_view>
#include <thread>

#include "core/metrics/metric_source.h"
#include "handlers/metrics/page_round.h"
#include "platform/clock.h"
#include "platform/queue.h"

namespace hakoban {

// For one asking thread at a time.
class SourceRunner {
 public:
  // Both must outlive it.
  SourceRunner(MetricSource& source, const Clock& clock);
  ~SourceRunner();  // waits for the source
  SourceRunner(const SourceRunner&) = delete;
  SourceRunner& operator=(const SourceRunner&) = delete;

  // Has the source write as number `number` of `round`, and finish it. False: it is still busy with an
  // earlier round.
  [[nodiscard]] bool ask(std::shared_ptr<PageRound> round, std::size_t number);

  [[nodiscard]] std::string_view name() const { return source_.name(); }

 private:
  struct Question {
    std::shared_ptr<PageRound> round;
    std::size_t number = 0;
  };

  void work(const std::stop_token& stop);
  void answer(const Question& question);

  MetricSource& source_;
  const Clock& clock_;
  std::atomic<bool> busy_{false};
  Queue<Question> questions_{1};
  std::jthread thread_;  // last: it uses all above
};

}  // namespace hakoban
