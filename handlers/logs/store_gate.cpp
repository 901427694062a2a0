#include "handlers/logs/store_gate.h"

#include <algorithm>

#include "platform/log.h"

namespace hakoban {

Duration backoff(int failures, Duration base, Duration cap, double chance) {
  auto longest = base;
  for (int i = 0; i < failures && longest < cap; ++i) longest *= 2;
  longest = std::min(longest, cap);
  return longest / 2 + std::chrono::duration_cast<Duration>(longest / 2 * chance);
}

StoreGate::StoreGate(std::string store_name, const Clock& clock, Random random,
                     prometheus::Registry& registry, Duration retry_base, Duration retry_cap)
    : store_name_(std::move(store_name)),
      clock_(clock),
      random_(std::move(random)),
      base_(retry_base),
      cap_(retry_cap),
      retries_(prometheus::BuildCounter()
                   .Name("hakoban_logs_put_retries_total")
                   .Help("PUTs of log objects that were tried again.")
                   .Register(registry)
                   .Add({})),
      failures_(prometheus::BuildCounter()
                    .Name("hakoban_logs_put_failures_total")
                    .Help("PUTs of log objects that the store refused.")
                    .Register(registry)) {}

bool StoreGate::enter(const std::stop_token& stop) {
  for (;;) {
    Duration wait{0};
    {
      const std::lock_guard lock{mutex_};
      wait = not_before_ - clock_.steady();
    }
    if (wait <= Duration{0}) return !stop.stop_requested();
    if (!clock_.sleep(wait, stop)) return false;
  }
}

void StoreGate::accepted() {
  const std::lock_guard lock{mutex_};
  throttled_ = 0;
  if (!outage_) return;
  log::info("log store accepts again", {{"store", store_name_},
                                        {"after", as_seconds(clock_.steady() - outage_->since)},
                                        {"failures", outage_->failures}});
  outage_.reset();
}

Duration StoreGate::refused(const Error& error, int failures) {
  const auto now = clock_.steady();
  const std::lock_guard lock{mutex_};
  failures_.Add({{"reason", std::string{name_of(error.code)}}}).Increment();
  retries_.Increment();
  note_outage(error, now);
  if (error.code != Errc::throttled) return backoff(failures, base_, cap_, random_());
  const auto wait = backoff(throttled_++, base_, cap_, random_());
  not_before_ = std::max(not_before_, now + wait);
  return wait;
}

void StoreGate::note_outage(const Error& error, SteadyPoint now) {
  if (!outage_) outage_ = Outage{now, {}};
  ++outage_->failures;
  const bool new_reason = outage_->reasons.insert(error.code).second;
  if (new_reason)
    log::warn("log store refuses, logs wait on disk",
              {{"store", store_name_}, {"reason", name_of(error.code)}, {"error", error}});
}

}  // namespace hakoban
