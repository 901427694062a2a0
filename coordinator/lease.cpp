#include "coordinator/lease.h"

#include "platform/log.h"
#include "platform/own_metrics.h"

namespace hakoban {
namespace {

const std::string kNobody = "nobody";

}  // namespace

Lease::Lease(LeaseStore* store, const Clock& clock, prometheus::Registry& registry, LeaseConfig config)
    : store_(store),
      clock_(clock),
      config_(std::move(config)),
      held_gauge_(gauge(registry, "hakoban_lease_held", "1 while this coordinator may act.")),
      losses_(counter(registry, "hakoban_lease_losses_total", "Times that the lease was lost.")),
      failures_(counter(registry, "hakoban_lease_failures_total",
                        "Reads and writes of the lease's record that failed.")) {
  acting_.request_stop();
  if (store_ != nullptr) return;
  acting_ = std::stop_source{};
  trusted_until_ = SteadyPoint::max();
  seen_holder_ = config_.holder;
  held_gauge_.Set(1);
}

void Lease::run(const std::stop_token& stop) {
  if (store_ == nullptr) {
    while (clock_.sleep(1h, stop)) {
    }
    return;
  }
  while (clock_.sleep(keep(stop), stop)) {
  }
  release();
}

Duration Lease::keep(const std::stop_token& stop) {
  if (store_ == nullptr) return 1h;
  if (version_) return renew(stop);
  try_to_take(stop);
  return config_.renew_every();
}

// Gives up while there is still time to break off what is being done, never later.
Duration Lease::renew(const std::stop_token& stop) {
  if (write(version_, stop)) return config_.renew_every();
  if (!version_) return config_.renew_every();
  const SteadyPoint next_end = clock_.steady() + config_.retry_every() + config_.call_timeout();
  SteadyPoint until;
  {
    const std::lock_guard lock{mutex_};
    until = trusted_until_;
  }
  if (next_end > until) lose("it could not be renewed in time");
  return config_.retry_every();
}

void Lease::try_to_take(const std::stop_token& stop) {
  const auto seen = store_->read(stop);
  if (!seen) return note_trouble(seen.error());
  if (!*seen) {
    write(std::nullopt, stop);
    return;
  }
  const SteadyPoint now = clock_.steady();
  const std::string& holder = (*seen)->holder;
  {
    const std::lock_guard lock{mutex_};
    seen_holder_ = holder == kNobody ? "" : holder;
  }
  if (seen_version_ != (*seen)->version) {
    seen_version_ = (*seen)->version;
    unchanged_since_ = now;
  }
  // Our own name: a write of ours whose answer was lost.
  const bool free = holder == kNobody || holder == config_.holder;
  if (free || now - unchanged_since_ >= config_.duration) write(seen_version_, stop);
}

bool Lease::write(const std::optional<std::string>& expected, const std::stop_token& stop) {
  const SteadyPoint begun = clock_.steady();
  const auto written = store_->write(config_.holder, expected, stop);
  if (!written && written.error().code == Errc::exists) {
    if (version_) lose("the record is another's");
    seen_version_.reset();
    return false;
  }
  if (!written) {
    note_trouble(written.error());
    return false;
  }
  trouble_.clear();
  const bool taken = !version_;
  version_ = *written;
  const std::lock_guard lock{mutex_};
  trusted_until_ = begun + config_.trusted_for();
  seen_holder_ = config_.holder;
  if (!taken) return true;
  acting_ = std::stop_source{};
  held_gauge_.Set(1);
  log::info("lease taken: this coordinator acts", {{"lease", store_->name()}, {"holder", config_.holder}});
  return true;
}

void Lease::release() {
  if (!version_) return;
  const std::optional<std::string> version = version_;
  lose("this coordinator stops");
  // Not with the program's own stop token, which has fired by now: the store's time-out bounds it.
  if (const auto written = store_->write(kNobody, version, {}); !written) note_trouble(written.error());
}

void Lease::lose(const std::string& why) {
  version_.reset();
  seen_version_.reset();
  losses_.Increment();
  held_gauge_.Set(0);
  log::warn("lease lost: nothing is done any more", {{"lease", store_->name()}, {"why", why}});
  const std::lock_guard lock{mutex_};
  trusted_until_ = SteadyPoint{};
  acting_.request_stop();
}

void Lease::note_trouble(const Error& error) {
  if (error.code == Errc::cancelled) return;
  failures_.Increment();
  if (error.what != trouble_) log::error("lease not kept", {{"error", error}});
  trouble_ = error.what;
}

bool Lease::held() const {
  const std::lock_guard lock{mutex_};
  return !acting_.stop_requested() && clock_.steady() < trusted_until_;
}

std::stop_token Lease::while_held() const {
  const std::lock_guard lock{mutex_};
  return acting_.get_token();
}

std::string Lease::holder() const {
  const std::lock_guard lock{mutex_};
  return seen_holder_;
}

}  // namespace hakoban
