#include "handlers/logs/segment_uploader.h"

#include "platform/log.h"
#include "platform/own_metrics.h"

namespace hakoban {
namespace {

// Read and scratch buffers of one segment.
constexpr std::uint64_t kBuffers = 2 << 20;

}  // namespace

UploadMetrics::UploadMetrics(prometheus::Registry& registry)
    : stored_bytes(prometheus::BuildCounter()
                       .Name("hakoban_logs_stored_bytes_total")
                       .Help("Compressed bytes of log objects that are stored.")
                       .Register(registry)
                       .Add({})),
      there_already(counter(registry, "hakoban_logs_puts_there_already_total",
                            "PUTs of log objects that an earlier attempt had done: nothing was put twice.")),
      conflicts(counter(registry, "hakoban_logs_put_conflicts_total",
                        "Log objects of a lost state folder that were replaced; lines may be there twice.")),
      put_duration(
          prometheus::BuildHistogram()
              .Name("hakoban_logs_put_duration_seconds")
              .Help("How long accepted PUTs of log objects took.")
              .Register(registry)
              .Add({}, prometheus::Histogram::BucketBoundaries{0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30})) {}

SegmentUploader::SegmentUploader(ObjectStore& store, StoreGate& gate, ByteBudget& memory,
                                 UploadMetrics& metrics, const Clock& clock, int compression_level)
    : store_(store),
      gate_(gate),
      memory_(memory),
      metrics_(metrics),
      clock_(clock),
      body_(compression_level) {}

void SegmentUploader::ship(Segment& segment, const std::stop_token& stop) {
  auto share = memory_.take(segment.limit_bytes() + kBuffers, stop);
  if (!share) return;
  body_.begin(segment.extension());
  const auto planned = segment.read([this](std::string_view block) { body_.append(block); });
  const auto body = body_.finish();
  if (!planned) {
    // The source has counted it, and has logged it if it is new.
    log::debug("log segment given back", {{"error", planned.error()}});
    return;
  }
  if (!*planned) return;
  share.shrink_to(body.size());
  if (!put(**planned, body, stop)) return;
  metrics_.stored_bytes.Increment(static_cast<double>(body.size()));
  segment.stored();
}

bool SegmentUploader::put(const PlannedObject& planned, const std::string& body,
                          const std::stop_token& stop) {
  ObjectMeta meta{"application/x-ndjson", body_.encoding(), true};
  // Whether an object of that key may be this one, stored by an attempt whose answer was lost.
  bool may_be_ours = planned.repeated;
  for (int failures = 0; gate_.enter(stop); ++failures) {
    const auto begun = clock_.steady();
    const auto stored = store_.put(planned.key, body, meta, stop);
    const auto code = stored ? Errc::exists : stored.error().code;
    if (code == Errc::exists) {
      gate_.accepted();
      if (stored) {
        metrics_.put_duration.Observe(as_seconds(clock_.steady() - begun));
        return true;
      }
      if (may_be_ours) return metrics_.there_already.Increment(), true;
      // An earlier life stored another range from this start, and its cursor is lost: better twice than not.
      metrics_.conflicts.Increment();
      log::warn("log object is replaced, its cursor was lost", {{"key", planned.key}});
      meta.if_absent = false;
      continue;
    }
    if (code == Errc::cancelled) return false;
    may_be_ours = may_be_ours || code == Errc::timeout || code == Errc::unavailable;
    const auto wait = gate_.refused(stored.error(), failures);
    if (!clock_.sleep(wait, stop)) return false;
    if (!stored.error().transient()) return false;
  }
  return false;
}

}  // namespace hakoban
