// Ships one segment: records → compressed body → object.
#pragma once

#include <string>

#include <prometheus/counter.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include "core/logs/segment_source.h"
#include "handlers/logs/body_writer.h"
#include "handlers/logs/byte_budget.h"
#include "handlers/logs/store_gate.h"
#include "platform/clock.h"
#include "platform/object_store.h"

namespace hakoban {

struct UploadMetrics {
  explicit UploadMetrics(prometheus::Registry& registry);

  prometheus::Counter& stored_bytes;    // as stored: compressed
  prometheus::Counter& there_already;   // PUTs that an earlier attempt had done
  prometheus::Counter& conflicts;       // objects that another past had made, and that were replaced
  prometheus::Histogram& put_duration;  // of accepted PUTs, seconds
};

// For one thread at a time; the references may be shared.
class SegmentUploader {
 public:
  SegmentUploader(ObjectStore& store, StoreGate& gate, ByteBudget& memory, UploadMetrics& metrics,
                  const Clock& clock, int compression_level);

  // Returns when the object is stored and the segment told so, when there was nothing to store, or when it
  // gave up: on `stop`, when the range could not be read, or after a refusal that another try does not heal
  // (denied, invalid), so that other containers get their turn. What it gave up is handed out again by the
  // source.
  void ship(Segment& segment, const std::stop_token& stop);

 private:
  [[nodiscard]] bool put(const PlannedObject& planned, const std::string& body, const std::stop_token& stop);

  ObjectStore& store_;
  StoreGate& gate_;
  ByteBudget& memory_;
  UploadMetrics& metrics_;
  const Clock& clock_;
  BodyWriter body_;
};

}  // namespace hakoban
