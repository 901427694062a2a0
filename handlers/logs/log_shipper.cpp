#include "handlers/logs/log_shipper.h"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "handlers/logs/byte_budget.h"
#include "handlers/logs/segment_uploader.h"
#include "handlers/logs/store_gate.h"
#include "platform/log.h"
#include "platform/pulse.h"

namespace hakoban {
namespace {

constexpr Duration kPatience = 1s;
// An extra uploader that found nothing so often in a row ends.
constexpr int kIdleTurns = 30;

}  // namespace

class LogShipper::Impl {
 public:
  Impl(SegmentSource& source, ObjectStore& store, const Clock& clock, Random random,
       prometheus::Registry& registry, const LogShipperConfig& config)
      : source_(source),
        store_(store),
        clock_(clock),
        config_(config),
        gate_(store.name(), clock, std::move(random), registry, config.retry_base, config.retry_cap),
        memory_(config.memory_bytes),
        metrics_(registry) {}

  void run(const std::stop_token& stop);
  void hurry(TimePoint deadline);
  void mark() { source_.mark(); }
  [[nodiscard]] LogBacklog backlog() const { return source_.backlog(); }

 private:
  void start_uploaders(int wanted, std::vector<std::jthread>& threads, const std::stop_token& abort);
  void upload(bool extra, const std::stop_token& abort);
  void ship_rest(std::vector<std::jthread>& threads, const std::stop_token& abort);

  SegmentSource& source_;
  ObjectStore& store_;
  const Clock& clock_;
  const LogShipperConfig config_;
  StoreGate gate_;
  ByteBudget memory_;
  UploadMetrics metrics_;

  std::mutex mutex_;
  std::condition_variable_any changed_;
  bool hurry_asked_ = false;  // and not answered with more uploaders yet
  int running_ = 0;
  std::atomic<bool> ending_{false};
};

void LogShipper::Impl::run(const std::stop_token& stop) {
  log::info("shipping container logs", {{"store", store_.name()}});
  // Uploaders outlive the stop, as long as the stop budget allows.
  std::stop_source abort;
  std::vector<std::jthread> threads;
  ending_ = false;
  start_uploaders(config_.uploaders, threads, abort.get_token());
  while (!stop.stop_requested()) {
    const Idle idle;
    std::unique_lock lock{mutex_};
    if (!changed_.wait(lock, stop, [this] { return hurry_asked_; })) break;
    hurry_asked_ = false;
    lock.unlock();
    start_uploaders(config_.uploaders_in_hurry, threads, abort.get_token());
  }
  ship_rest(threads, abort.get_token());
  abort.request_stop();
  threads.clear();
  const auto left = source_.backlog();
  if (left.bytes == 0) {
    log::info("container logs shipped to their end");
  } else {
    log::warn("container logs are left on disk, the next start goes on with them",
              {{"left_bytes", left.bytes}, {"left_containers", left.containers}});
  }
}

void LogShipper::Impl::ship_rest(std::vector<std::jthread>& threads, const std::stop_token& abort) {
  source_.finish();
  ending_ = true;
  start_uploaders(config_.uploaders_in_hurry, threads, abort);
  std::unique_lock lock{mutex_};
  changed_.wait_for(lock, config_.stop_budget, [this] { return running_ == 0; });
}

void LogShipper::Impl::start_uploaders(int wanted, std::vector<std::jthread>& threads,
                                       const std::stop_token& abort) {
  const std::lock_guard lock{mutex_};
  for (; running_ < wanted; ++running_) {
    const bool extra = running_ >= config_.uploaders;
    threads.emplace_back([this, extra, abort] { upload(extra, abort); });
  }
}

void LogShipper::Impl::upload(bool extra, const std::stop_token& abort) {
  const WatchedThread watched{"log-uploader"};
  SegmentUploader uploader{store_, gate_, memory_, metrics_, clock_, config_.compression_level};
  for (int idle = 0; !abort.stop_requested() && (!extra || idle < kIdleTurns);) {
    // Asked first: what comes to be after it is not for this process any more.
    const bool ending = ending_;
    const auto segment = source_.take(kPatience, abort);
    if (segment) uploader.ship(*segment, abort);
    if (!segment && ending) break;
    idle = segment ? 0 : idle + 1;
  }
  const std::lock_guard lock{mutex_};
  --running_;
  changed_.notify_all();
}

void LogShipper::Impl::hurry(TimePoint deadline) {
  source_.hurry(deadline);
  const std::lock_guard lock{mutex_};
  hurry_asked_ = true;
  changed_.notify_all();
}

LogShipper::LogShipper(SegmentSource& source, ObjectStore& store, const Clock& clock, Random random,
                       prometheus::Registry& registry, LogShipperConfig config)
    : impl_(std::make_unique<Impl>(source, store, clock, std::move(random), registry, config)) {}

LogShipper::~LogShipper() = default;

void LogShipper::run(const std::stop_token& stop) {
  impl_->run(stop);
}

void LogShipper::hurry(TimePoint deadline) {
  impl_->hurry(deadline);
}

void LogShipper::mark() {
  impl_->mark();
}

LogBacklog LogShipper::backlog() const {
  return impl_->backlog();
}

}  // namespace hakoban
