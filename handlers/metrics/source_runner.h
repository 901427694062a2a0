// Runs one MetricSource in its own thread, so that a slow source costs nobody else their answer.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "core/metrics/metric_source.h"
#include "core/time.h"
#include "platform/clock.h"
#include "platform/queue.h"

namespace hakoban {

struct SourceAnswer {
  std::string page;
  Result<void> result;
  Duration took{0};
};

// For one asking thread at a time.
class SourceRunner {
 public:
  // Both must outlive it.
  SourceRunner(MetricSource& source, const Clock& clock);
  ~SourceRunner();  // waits for the source
  SourceRunner(const SourceRunner&) = delete;
  SourceRunner& operator=(const SourceRunner&) = delete;

  // Sets the source to work. False: it is still busy with an earlier question, whose answer is too old by
  // now.
  [[nodiscard]] bool ask();

  // Its answer, after a successful ask(). Nothing: not within `patience`.
  [[nodiscard]] std::optional<SourceAnswer> wait(Duration patience);

  [[nodiscard]] std::string_view name() const { return source_.name(); }

 private:
  void work(const std::stop_token& stop);

  MetricSource& source_;
  const Clock& clock_;
  bool busy_ = false;  // asked, and no answer taken out yet
  Queue<bool> questions_{1};
  Queue<SourceAnswer> answers_{1};
  std::jthread thread_;  // last: it uses all above
};

}  // namespace hakoban
