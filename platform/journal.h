// systemd's journal, read in order. platform/system_journal.h is real.
#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "core/logs/journal_entry.h"
#include "core/result.h"
#include "core/time.h"

namespace hakoban {

struct JournalRecord {
  std::string cursor;  // finds the entry again, in any process
  JournalEntry entry;
};

// For one thread at a time.
class Journal {
 public:
  virtual ~Journal() = default;

  // Reading goes on after the entry with that cursor. False: it is gone, and reading goes on with what is
  // nearest.
  [[nodiscard]] virtual Result<bool> seek_after(const std::string& cursor) = 0;
  // Reading goes on with the first entry that was received at `since` or later.
  [[nodiscard]] virtual Result<void> seek_since(TimePoint since) = 0;

  // The next one. Nothing: that was the last so far. Errors: unavailable.
  [[nodiscard]] virtual Result<std::optional<JournalRecord>> next() = 0;

  // Until there may be more, at most `patience`, or until `stop`.
  virtual void wait(Duration patience, const std::stop_token& stop) = 0;
};

struct JournalFilter {
  std::vector<std::string> units;  // "docker", "ecs"; "kernel": the kernel's own messages
  bool containers = false;         // also what Docker's journald driver wrote
};

class JournalSource {
 public:
  virtual ~JournalSource() = default;

  // Errors: not_found (no journal here), denied, unavailable.
  [[nodiscard]] virtual Result<std::unique_ptr<Journal>> open(const JournalFilter& filter) = 0;
};

}  // namespace hakoban
