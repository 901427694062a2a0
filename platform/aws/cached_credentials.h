// Keeps credentials and renews them before they expire.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include "platform/aws/credentials.h"
#include "platform/clock.h"
#include "platform/random.h"

namespace hakoban {

struct CachedCredentialsConfig {
  Duration refresh_before_expiry = 5min;  // instance metadata has the next ones at least that early
  Duration refresh_jitter = 1min;         // up to so much earlier still, so that a fleet does not ask at once
  Duration use_expired_for = 10min;       // those that are past their expiry when we get them
  Duration retry_base = 1s;               // after a failed refresh, doubling
  Duration retry_cap = 30s;
};

// Thread-safe. The thread that finds them old renews them; others go on with the old ones meanwhile, and wait
// only when there are none valid. When a renewal fails the old ones serve while they are valid; it is tried
// again with back-off, logged when it begins and ends, and counted. Secrets are never logged.
class CachedCredentials final : public CredentialsProvider {
 public:
  CachedCredentials(std::unique_ptr<CredentialsSource> source, const Clock& clock,
                    prometheus::Registry& registry, CachedCredentialsConfig config = {},
                    Random random = system_random());

  [[nodiscard]] Result<Credentials> get(const std::stop_token& stop) override;
  [[nodiscard]] Result<Credentials> replace(const Credentials& expired, const std::stop_token& stop) override;

 private:
  [[nodiscard]] bool valid() const;  // with mutex_
  [[nodiscard]] bool due() const;    // with mutex_
  [[nodiscard]] Result<Credentials> renew(std::unique_lock<std::mutex>& lock, const std::stop_token& stop);
  void accept(Credentials fresh);   // with mutex_
  void reject(const Error& error);  // with mutex_

  const std::unique_ptr<CredentialsSource> source_;
  const Clock& clock_;
  const CachedCredentialsConfig config_;
  const Random random_;
  prometheus::Family<prometheus::Counter>& refreshes_;
  prometheus::Gauge& expiry_;

  std::mutex mutex_;
  std::condition_variable_any renewed_;
  std::optional<Credentials> current_;
  std::optional<TimePoint> good_until_;  // absent: for ever
  TimePoint refresh_at_;
  SteadyPoint retry_at_;
  Duration backoff_{};
  std::optional<Error> last_error_;  // of the last renewal, if it failed
  bool renewing_ = false;
};

}  // namespace hakoban
