// Docker's `local` log format, which is also that of the cache beside containers whose own driver cannot be
// read back (container-cached.log). A file is a sequence of frames: the length of a protobuf message as a
// big-endian u32, the message, and the same length again.
// Source: moby, daemon/logger/local/local.go and api/types/plugins/logdriver/entry.proto:
//   LogEntry{1 source string, 2 time_nano int64, 3 line bytes, 4 partial bool,
//            5 partial_log_metadata{1 last bool, 2 id string, 3 ordinal int32}}
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/logs/log_record.h"
#include "core/result.h"

namespace hakoban {

// Docker's decoder refuses more.
constexpr std::size_t kMaxLocalEntryBytes = 1'000'000;

struct LocalFrame {
  enum class Kind {
    whole,
    incomplete,  // so far right: more bytes may complete it
    damaged,     // no frame begins here
  } kind = Kind::incomplete;
  std::size_t size = 0;      // of the whole frame; of whole ones only
  std::string_view message;  // of whole ones only
};

// The frame at the front of `bytes`.
[[nodiscard]] LocalFrame first_local_frame(std::string_view bytes);

// Where the next frame begins whose message reads as an entry, after something damaged: at an offset of 1 or
// more. `bytes.size()` when there is none.
[[nodiscard]] std::size_t next_local_frame(std::string_view bytes);

// One message, pointing into it. Errors: malformed.
[[nodiscard]] Result<LogRecord> read_local_entry(std::string_view message);

}  // namespace hakoban
