// Every decision explained: the newest in memory, for people; those that did or said something new whole, in
// a folder or in S3, for replay; and all of them as metrics.
#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <stop_token>
#include <string>
#include <vector>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include "coordinator/fleet_view.h"
#include "platform/clock.h"
#include "platform/object_store.h"
#include "platform/queue.h"

namespace hakoban {

struct DecisionLogConfig {
  std::int64_t ring = 500;
  Duration every = 5min;  // a record like the one before is written no more often than that
};

class DecisionLog final : public DecisionSink {
 public:
  // `store`: null if records are kept in memory only. All references must outlive it.
  DecisionLog(ObjectStore* store, const Clock& clock, prometheus::Registry& registry,
              DecisionLogConfig config);

  // Does not wait for the store: a record too many while it does not answer is left out, and counted.
  void record(const DecisionRecord& record) override;

  // Writes records to the store until `stop`, and then what is left, with one try each.
  void run(const std::stop_token& stop);

  // The newest first, at most `most`: each one JSON object without the snapshot; with `acting_only`, those
  // that did something. Thread-safe.
  [[nodiscard]] std::vector<std::string> recent(std::size_t most, bool acting_only) const;

 private:
  struct Entry {
    bool acts = false;
    std::string json;
  };

  [[nodiscard]] bool worth_writing(const DecisionRecord& record) const;
  void count(const DecisionRecord& record);
  void write(const DecisionRecord& record, int tries, const std::stop_token& stop);

  ObjectStore* const store_;
  const Clock& clock_;
  const DecisionLogConfig config_;
  prometheus::Family<prometheus::Counter>& actions_;
  prometheus::Counter& turns_;
  prometheus::Counter& holds_;
  prometheus::Family<prometheus::Gauge>& units_;
  prometheus::Family<prometheus::Gauge>& reservation_;
  prometheus::Family<prometheus::Gauge>& demand_;
  prometheus::Family<prometheus::Counter>& written_;
  Queue<DecisionRecord> to_write_;
  // Of the last record that was to be written.
  TimePoint last_written_;
  std::string last_hold_;
  std::vector<std::string> last_refused_;
  mutable std::mutex mutex_;
  std::deque<Entry> ring_;  // the newest last
};

// "main/dt=2026-11-23/120000.123Z.json.gz": where a record of that time is kept, under the store's prefix.
[[nodiscard]] std::string record_key(const std::string& cluster, TimePoint at);

}  // namespace hakoban
