// The seam between what reads container logs (collectors/logs) and what stores them (handlers/logs). A
// segment is a range of whole lines of one log file, all of one UTC day, that becomes one object.
//
//   take() → read(): its records, and the plan on disk → PUT under the plan's key → stored(): the cursor on
//   disk
//
// A process killed anywhere between repeats the planned range under the same key, so that every record is in
// exactly one object.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "core/logs/log_flush.h"
#include "core/result.h"
#include "core/time.h"

namespace hakoban {

// Gets the records in order, in blocks of whole lines. A block is valid during the call only.
using RecordSink = std::function<void(std::string_view block)>;

// Of an object's key: the codec of its body.
inline constexpr std::string_view kGzipExtension = ".ndjson.gz";
inline constexpr std::string_view kZstdExtension = ".ndjson.zst";

struct PlannedObject {
  std::string key;  // relative to the store, with its extension
  std::uint64_t lines = 0;
  // The plan is an earlier one's, which may have stored it: an object of that key is this one.
  bool repeated = false;
};

// Exclusive: while one exists, nobody else reads that range. One that is destroyed before stored() is handed
// out again, by this process or the next. Used by one thread at a time; must not outlive its source.
class Segment {
 public:
  virtual ~Segment() = default;

  // Of its key: ".ndjson.gz" or ".ndjson.zst". A repeated plan keeps its codec.
  [[nodiscard]] virtual std::string_view extension() const = 0;

  // Raw bytes that read() will give at most.
  [[nodiscard]] virtual std::uint64_t limit_bytes() const = 0;

  // Reads the range, then puts its plan on disk. Call once. Nothing: there is nothing to store (torn bytes
  // alone, or no whole line yet); drop the segment. Errors (the log or the state folder cannot be read or
  // written) are counted by the source, which will offer the range again a little later; what the sink got
  // is void.
  [[nodiscard]] virtual Result<std::optional<PlannedObject>> read(const RecordSink& sink) = 0;

  // The object is durable. Moves the cursor on disk.
  virtual void stored() = 0;
};

class SegmentSource {
 public:
  virtual ~SegmentSource() = default;

  // The next range that is due, each container in its turn (most bytes first when in a hurry). Waits at most
  // `patience`, or until `stop`; after finish() it does not wait, and nothing means that all is taken.
  [[nodiscard]] virtual std::unique_ptr<Segment> take(Duration patience, const std::stop_token& stop) = 0;

  // As LogFlush::hurry. Until two minutes after `deadline`: a host that still lives then was not taken.
  virtual void hurry(TimePoint deadline) = 0;

  // As LogFlush::mark.
  virtual void mark() = 0;

  // From now on what is there is due, and nothing new is looked for: the process ends.
  virtual void finish() = 0;

  // Cheap; thread-safe, as all of this.
  [[nodiscard]] virtual LogBacklog backlog() const = 0;
};

}  // namespace hakoban
