#include "handlers/logs/segment_uploader.h"

#include "platform/log.h"

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
      compressor_(compression_level) {}

void SegmentUploader::ship(Segment& segment, const std::stop_token& stop) {
  auto share = memory_.take(segment.limit_bytes() + kBuffers, stop);
  if (!share) return;
  std::string body;
  const auto planned = segment.read([&](std::string_view block) { compressor_.append(block, body); });
  if (!planned) {
    // The source has counted it, and has logged it if it is new.
    log::debug("log segment given back", {{"error", planned.error()}});
    return;
  }
  if (!*planned) return;
  share.shrink_to(body.size());
  if (!put((*planned)->key, body, stop)) return;
  metrics_.stored_bytes.Increment(static_cast<double>(body.size()));
  segment.stored();
}

bool SegmentUploader::put(const std::string& key, const std::string& body, const std::stop_token& stop) {
  const ObjectMeta meta{"application/x-ndjson", "gzip"};
  for (int failures = 0; gate_.enter(stop); ++failures) {
    const auto begun = clock_.steady();
    const auto stored = store_.put(key, body, meta, stop);
    if (stored) {
      metrics_.put_duration.Observe(as_seconds(clock_.steady() - begun));
      gate_.accepted();
      return true;
    }
    if (stored.error().code == Errc::cancelled) return false;
    const auto wait = gate_.refused(stored.error(), failures);
    if (!clock_.sleep(wait, stop)) return false;
    if (!stored.error().transient()) return false;
  }
  return false;
}

}  // namespace hakoban
