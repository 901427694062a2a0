#include "platform/aws/cached_credentials.h"

#include <algorithm>
#include <utility>

#include "platform/log.h"

namespace hakoban {

CachedCredentials::CachedCredentials(std::unique_ptr<CredentialsSource> source, const Clock& clock,
                                     prometheus::Registry& registry, CachedCredentialsConfig config,
                                     Random random)
    : source_(std::move(source)),
      clock_(clock),
      config_(config),
      random_(std::move(random)),
      refreshes_(prometheus::BuildCounter()
                     .Name("hakoban_aws_credentials_refreshes_total")
                     .Help("Times that AWS credentials were fetched, by outcome")
                     .Register(registry)),
      expiry_(prometheus::BuildGauge()
                  .Name("hakoban_aws_credentials_expiry_timestamp_seconds")
                  .Help("When the AWS credentials in use expire, 0 for never")
                  .Register(registry)
                  .Add({})) {}

Result<Credentials> CachedCredentials::get(const std::stop_token& stop) {
  std::unique_lock lock{mutex_};
  while (true) {
    if (valid() && (renewing_ || !due())) return *current_;
    if (!renewing_ && last_error_ && clock_.steady() < retry_at_) return *last_error_;
    if (!renewing_) return renew(lock, stop);
    if (!renewed_.wait(lock, stop, [this] { return !renewing_; }))
      return Error{Errc::cancelled, "stopped while waiting for AWS credentials"};
  }
}

Result<Credentials> CachedCredentials::replace(const Credentials& expired, const std::stop_token& stop) {
  std::unique_lock lock{mutex_};
  // Unless another thread has replaced them already, or is about to.
  if (current_ == expired && !renewing_) return renew(lock, stop);
  lock.unlock();
  return get(stop);
}

bool CachedCredentials::valid() const {
  return current_ && (!good_until_ || clock_.now() < *good_until_);
}

bool CachedCredentials::due() const {
  return good_until_ && clock_.now() >= refresh_at_ && clock_.steady() >= retry_at_;
}

Result<Credentials> CachedCredentials::renew(std::unique_lock<std::mutex>& lock,
                                             const std::stop_token& stop) {
  renewing_ = true;
  lock.unlock();
  auto fetched = source_->fetch(stop);
  lock.lock();
  renewing_ = false;
  renewed_.notify_all();
  if (!fetched && fetched.error().code == Errc::cancelled) return fetched;
  refreshes_.Add({{"outcome", std::string{fetched ? "ok" : name_of(fetched.error().code)}}}).Increment();
  if (fetched) {
    accept(std::move(*fetched));
    return *current_;
  }
  reject(fetched.error());
  if (valid()) return *current_;
  return fetched;
}

void CachedCredentials::accept(Credentials fresh) {
  const TimePoint now = clock_.now();
  current_ = std::move(fresh);
  good_until_ = current_->expires_at;
  // Instance metadata that cannot get new ones hands out the old ones; AWS may still take them.
  if (good_until_ && *good_until_ <= now) good_until_ = now + config_.use_expired_for;
  if (good_until_) {
    const auto jitter = std::chrono::duration_cast<Duration>(config_.refresh_jitter * random_());
    const TimePoint half_life = now + (*good_until_ - now) / 2;
    refresh_at_ = std::max(*good_until_ - config_.refresh_before_expiry - jitter, half_life);
  }
  expiry_.Set(current_->expires_at ? as_seconds(current_->expires_at->time_since_epoch()) : 0);
  if (last_error_) log::info("AWS credentials are there again");
  last_error_.reset();
  retry_at_ = {};
  backoff_ = {};
}

void CachedCredentials::reject(const Error& error) {
  backoff_ = backoff_ == Duration{} ? config_.retry_base : std::min(2 * backoff_, config_.retry_cap);
  const auto wait = std::chrono::duration_cast<Duration>(backoff_ * (0.5 + 0.5 * random_()));
  retry_at_ = clock_.steady() + wait;
  if (!last_error_ || last_error_->what != error.what)
    log::warn("AWS credentials cannot be had", {{"error", error}, {"old_ones_valid", valid()}});
  last_error_ = error;
}

}  // namespace hakoban
