// Where container and host logs come from, beside the files of Docker's own drivers: the forward listener,
// the journal and named files of the host, by way of the spool. All by option.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "collectors/files/file_follower.h"
#include "collectors/forward/forward_listener.h"
#include "collectors/journal/journal_follower.h"
#include "collectors/logs/container_roster.h"
#include "collectors/spool/spool.h"
#include "platform/config/option_table.h"
#include "platform/supervisor.h"
#include "platform/system_journal.h"

namespace hakoban {

struct LogSourcesConfig {
  bool cached = false;               // ContainerRosterConfig::cached
  std::vector<std::string> forward;  // addresses of the forward listener
  JournalConfig journal;
  FileFollowerConfig files;
  SpoolConfig spool;

  [[nodiscard]] bool spools() const { return !forward.empty() || journal.wanted() || !files.paths.empty(); }
};

void bind_log_sources(OptionTable& table, LogSourcesConfig& config);

// The addresses, or every problem they have.
[[nodiscard]] std::vector<std::string> problems_of(const LogSourcesConfig& config);

class LogSources {
 public:
  // All references must outlive it. Nothing is opened yet.
  LogSources(const Latest<HostView>& hosts, const Clock& clock, prometheus::Registry& registry,
             LogSourcesConfig config);

  // In the order in which they claim a log.
  [[nodiscard]] std::vector<LogRoster*> rosters();

  // Opens what is wanted. Errors: denied, unavailable (an address in use).
  [[nodiscard]] Result<void> open();

  void run_under(Supervisor& supervisor);

 private:
  void maintain(const std::stop_token& stop);

  const LogSourcesConfig config_;
  const Clock& clock_;
  ContainerRoster containers_;
  std::optional<Spool> spool_;  // when something is spooled
  std::optional<ForwardListener> forward_;
  std::optional<SystemJournal> system_journal_;
  std::optional<JournalFollower> journal_;
  std::optional<FileFollower> files_;
};

}  // namespace hakoban
