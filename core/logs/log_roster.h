// The seam for log sources: which logs there are. The tailer (collectors/logs/log_tailer.h) follows each from
// its first byte to its last, whatever becomes of it meanwhile; a roster only tells what is there.
//
// To add a source:
// - One that stands in files already (another driver's cache, a named file): a roster that lists them; a
//   RecordDecoder (core/logs/record_decoder.h) when they are not json-file lines.
// - One that comes by socket or cursor (forward protocol, journald): write its records as json-file lines to
// a
//   spool file of its own for each log, `<folder>/<id>/<id>-json.log`, in order, fsync before acknowledging,
//   and list that. Go on to a new file as Docker does: rename the chain up (".1" to ".2" …, the live one to
//   ".1"), then create the live one anew. generation_stored() tells when the oldest may be deleted.
//
// The object key follows from `place`, `id`, the file's generation (its first record's time, see
// core/logs/generation.h) and the position in it, so the same bytes get the same key in any process.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/logs/generation.h"
#include "core/logs/log_progress.h"
#include "core/logs/object_key.h"
#include "core/logs/record_decoder.h"

namespace hakoban {

// One log: a live file and the chain that rotation leaves of it.
struct FollowedLog {
  std::string id;    // unique over all rosters and lives: a container's 64 hexadecimal digits, or a name
  std::string path;  // of the live file
  bool below_rootfs = true;  // `path` is the host's, as its engine names it; else this process's own
  LogFileFormat format = LogFileFormat::json_file;
  std::optional<LogPlace> place;  // nothing: not known yet. Once known to the tailer it is kept for ever
  LogPlace place_if_unknown;      // used when `place` stays unknown for too long, or the log is gone
  std::string labels;             // of its metrics: `a="b",c="d"`, escaped; "": none of its own
  bool ended = false;             // its writer ended; what is still buffered may follow for a few seconds
};

class LogRoster {
 public:
  virtual ~LogRoster() = default;

  // Grows with each change. 0: nothing is known yet, so that no log is taken for gone. Cheap; thread-safe.
  [[nodiscard]] virtual std::uint64_t version() const = 0;

  // All logs that exist now. One that is left out later is gone: it is read to its end, stored, and
  // forgotten once its file is gone too. Thread-safe.
  [[nodiscard]] virtual std::vector<FollowedLog> logs() const = 0;

  // All of that file is stored, and of all older ones of its log; the log goes on in a newer one. For sources
  // that own their files; may come again for the same file after a restart. Called under the tailer's lock:
  // be quick, and do not call back.
  virtual void generation_stored(const std::string& id, const FileIdentity& file);
};

inline void LogRoster::generation_stored(const std::string&, const FileIdentity&) {}

}  // namespace hakoban
