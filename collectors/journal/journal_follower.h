// Carries systemd's journal into the spool: the units that an operator names, the kernel, and the output of
// containers with Docker's journald driver.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <prometheus/counter.h>
#include <prometheus/registry.h>

#include "collectors/spool/spool.h"
#include "platform/clock.h"
#include "platform/journal.h"

namespace hakoban {

struct JournalConfig {
  std::string folder;              // of the journal's files; "": this host's own
  std::vector<std::string> units;  // whose entries are taken: "docker", "ecs", "kernel"
  bool containers = false;         // of Docker's journald driver
  Duration since = 1h;             // how far back the first process ever goes
  std::filesystem::path position_file = "/var/lib/hakoban/journal.position";
  Duration patience = 1s;      // between looks when nothing is told
  Duration retry_pause = 30s;  // while there is no journal

  [[nodiscard]] bool wanted() const { return containers || !units.empty(); }
};

// Exactly once: a batch of entries is spooled, each log with the cursor of its last entry as its mark, then
// the position moves. A process killed between finds again which entries of the batch each log has.
class JournalFollower {
 public:
  // All references must outlive it.
  JournalFollower(JournalSource& source, Spool& spool, const Clock& clock, prometheus::Registry& registry,
                  JournalConfig config);

  void run(const std::stop_token& stop);

  // One batch. Returns how many entries it had. Errors: not_found, denied, unavailable, throttled.
  [[nodiscard]] Result<std::size_t> turn();

 private:
  struct Line {
    std::string log;  // "": of nobody who is followed
    std::string text;
    std::string cursor;
    std::string stream;  // of a container's
    bool ends = true;    // false: a piece of a line, whose next piece follows
  };

  [[nodiscard]] Result<void> open();
  [[nodiscard]] Result<void> read_batch();
  [[nodiscard]] Line line_of(const JournalRecord& record);
  void date_as_first_piece(const std::string& stream, LogRecord& record);
  [[nodiscard]] std::size_t whole_lines(bool read_any);
  void leave_out_what_is_there();
  [[nodiscard]] Result<void> spool_batch();
  void complain(const Error& error);

  JournalSource& source_;
  Spool& spool_;
  const Clock& clock_;
  const JournalConfig config_;
  prometheus::Counter& entries_;
  prometheus::Counter& gaps_;
  prometheus::Counter& failures_;
  std::unique_ptr<Journal> journal_;
  std::vector<Line> batch_;                // read, and not spooled
  std::size_t ready_ = 0;                  // of it, to be spooled now: none of its lines is left open
  int idle_turns_ = 0;                     // in which nothing came while a line was open
  std::map<std::string, TimePoint> open_;  // by stream: when the first piece of its open line was written
  bool first_batch_ = true;                // of this process
  bool failing_ = false;
};

}  // namespace hakoban
