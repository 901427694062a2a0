// An entry of systemd's journal as a log record.
// Sources: systemd.journal-fields(7) and moby, daemon/logger/journald/journald.go.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/logs/log_record.h"

namespace hakoban {

struct JournalEntry {
  std::uint64_t realtime_us = 0;  // when the journal received it, since 1970
  std::vector<std::pair<std::string, std::string>> fields;

  // The first of that name, "" when there is none.
  [[nodiscard]] std::string_view field(std::string_view name) const;
};

// The container whose output it is: 64 hexadecimal digits, or "".
[[nodiscard]] std::string_view container_of(const JournalEntry& entry);

// "kernel" for the kernel's, else the systemd unit without ".service", else "".
[[nodiscard]] std::string_view unit_of(const JournalEntry& entry);

// Of a container's output. Docker marks the pieces of a long line, and gives stderr the priority 3.
[[nodiscard]] LogRecord container_record(const JournalEntry& entry);

// Of anything else: stream "journal"; identifier, pid and priority become attributes.
[[nodiscard]] LogRecord unit_record(const JournalEntry& entry);

// Whether `text` is 64 lower-case hexadecimal digits, as the ids of containers are.
[[nodiscard]] bool is_container_id(std::string_view text);

}  // namespace hakoban
