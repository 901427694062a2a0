// All logs that come by socket, from the journal, or from files that nobody here writes: each is spooled
// (collectors/spool/spool_log.h), and the log tailer follows it from there. A spooled file is deleted once
// all of it is stored.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include "collectors/spool/spool_log.h"
#include "core/host/host_view.h"
#include "core/logs/log_roster.h"
#include "platform/clock.h"
#include "platform/latest.h"

namespace hakoban {

struct SpoolConfig {
  std::filesystem::path folder = "/var/lib/hakoban/spool";
  std::string host_name = "host";        // in the keys of its units, outside EC2
  std::uint64_t max_bytes = 1 << 30;     // of all that is not stored yet; beyond it nothing is taken in
  std::uint64_t rotate_bytes = 8 << 20;  // a log goes on in a new file then
  Duration rotate_age = 5min;            // or when its file is so old, so that stored ones are not kept
  Duration forget_after = 10min;         // a log that nobody writes to any more, and that is stored
};

// Ids of logs: a container's 64 hexadecimal digits, or "unit.<name>" (a unit of this host, or a named file)
// or "tag.<name>" (messages of the forward protocol that name no container). Writers share it: thread-safe,
// each log with one writer.
class Spool final : public LogRoster {
 public:
  // All references must outlive it.
  Spool(const Latest<HostView>& hosts, const Clock& clock, prometheus::Registry& registry,
        SpoolConfig config);
  ~Spool() override;

  // Goes on where an earlier process ended. Call once, before all else. Errors: denied, unavailable.
  [[nodiscard]] Result<void> open();

  // Appends whole lines to a log (SpoolLog::append). Errors: throttled (max_bytes are not stored yet: hand it
  // in again later), denied, unavailable.
  [[nodiscard]] Result<void> append(const std::string& id, std::string_view lines, std::string_view mark);

  // Makes what was appended to it durable.
  [[nodiscard]] Result<void> sync(const std::string& id);

  // Of the last batch with one; "": none.
  [[nodiscard]] std::string last_mark(const std::string& id) const;

  // SpoolLog::has_mark().
  [[nodiscard]] bool has_mark(const std::string& id, std::string_view mark) const;

  // SpoolLog::unmarked_lines().
  [[nodiscard]] std::string unmarked_lines(const std::string& id) const;

  // Rotates, and deletes what is stored. Cheap when there is nothing to do; every second or so, by one
  // thread.
  void maintain();

  [[nodiscard]] std::uint64_t version() const override;
  [[nodiscard]] std::vector<FollowedLog> logs() const override;
  void generation_stored(const std::string& id, const FileIdentity& file) override;

 private:
  struct Entry {
    explicit Entry(SpoolLog opened) : log(std::move(opened)) {}

    std::mutex writing;  // guards `log`; taken after `mutex_`, or without it
    SpoolLog log;
    SteadyPoint written{};  // the last time
    SteadyPoint begun{};    // its live file
    bool gone = false;
  };
  struct Stored {
    std::string id;
    std::uint64_t inode = 0;
  };

  [[nodiscard]] Result<std::shared_ptr<Entry>> entry_of(const std::string& id);
  [[nodiscard]] std::shared_ptr<Entry> find(const std::string& id) const;
  void delete_stored();
  void rotate_if_due(const std::string& id, Entry& entry, bool full);
  [[nodiscard]] bool forget_if_done(const std::string& id, Entry& entry);
  void complain(const Error& error);

  const Latest<HostView>& hosts_;
  const Clock& clock_;
  const SpoolConfig config_;
  prometheus::Gauge& spooled_bytes_;
  prometheus::Counter& failures_;

  mutable std::mutex mutex_;  // guards all below
  // Shared: a writer may be at work on an entry that maintain() forgets.
  std::map<std::string, std::shared_ptr<Entry>> logs_;
  std::vector<Stored> stored_;
  std::uint64_t changes_ = 1;
  std::uint64_t bytes_ = 0;
  bool failing_ = false;
};

}  // namespace hakoban
