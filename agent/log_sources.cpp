#include "agent/log_sources.h"

#include <filesystem>

#include "platform/http/listen_address.h"

namespace hakoban {
namespace {

constexpr Duration kMaintenance = 1s;

// Parsed before, by problems_of().
std::vector<ListenAddress> addresses_of(const std::vector<std::string>& texts) {
  std::vector<ListenAddress> addresses;
  for (const auto& text : texts) {
    if (const auto parsed = parse_listen_address(text)) addresses.push_back(*parsed);
  }
  return addresses;
}

}  // namespace

void bind_log_sources(OptionTable& table, LogSourcesConfig& config) {
  table.flag(
      "logs.cached", config.cached,
      "Ship the output of containers whose log driver Docker cannot read back (awslogs, fluentd, gelf, "
      "splunk), from the cache that Docker keeps beside it.");
  table.list(
      "logs.forward_listen", config.forward,
      "Addresses where containers with Docker's fluentd driver are listened to, such as 127.0.0.1:24224 or "
      "unix:/run/hakoban/fluent.sock.");
  table.flag("logs.journald", config.journal.containers,
             "Ship the output of containers with Docker's journald driver.");
  table.list(
      "logs.host_units", config.journal.units,
      "systemd units whose journal is shipped as logs of this host, such as docker,ecs,kernel; kernel stands "
      "for the kernel's own messages, such as those of its OOM killer.");
  table.list("logs.host_files", config.files.paths,
             "Plain log files of this host that are shipped too, such as /var/log/ecs/ecs-agent.log.");
  table.text("logs.journal_folder", config.journal.folder,
             "Folder of the journal's files; empty: where systemd keeps them.");
  table.duration("logs.journal_since", config.journal.since, 0s, 7 * 24h,
                 "How far back in the journal the first start goes.");
  table.bytes(
      "logs.spool_max_bytes", config.spool.max_bytes, 16 << 20, std::uint64_t{1} << 40,
      "Room in the state directory for what came by listener or journal and is not stored yet; when it is "
      "full, senders wait.");
}

std::vector<std::string> problems_of(const LogSourcesConfig& config) {
  std::vector<std::string> problems;
  for (const auto& text : config.forward) {
    if (const auto parsed = parse_listen_address(text); !parsed)
      problems.push_back("logs.forward_listen: " + parsed.error().what);
  }
  for (const auto& path : config.files.paths) {
    if (!path.starts_with('/')) problems.push_back("logs.host_files: '" + path + "' does not begin with '/'");
  }
  return problems;
}

LogSources::LogSources(const Latest<HostView>& hosts, const Clock& clock, prometheus::Registry& registry,
                       LogSourcesConfig config)
    : config_(std::move(config)),
      clock_(clock),
      containers_(hosts, {config_.cached, !config_.forward.empty()}) {
  // What an earlier process spooled is shipped, whatever the settings say now.
  std::error_code failure;
  if (!config_.spools() && !std::filesystem::exists(config_.spool.folder, failure)) return;
  spool_.emplace(hosts, clock, registry, config_.spool);
  if (!config_.forward.empty()) forward_.emplace(*spool_, clock, registry, addresses_of(config_.forward));
  if (!config_.files.paths.empty()) files_.emplace(*spool_, clock, registry, config_.files);
  if (!config_.journal.wanted()) return;
  system_journal_.emplace(config_.journal.folder);
  journal_.emplace(*system_journal_, *spool_, clock, registry, config_.journal);
}

std::vector<LogRoster*> LogSources::rosters() {
  std::vector<LogRoster*> found{&containers_};
  if (spool_) found.push_back(&*spool_);
  return found;
}

Result<void> LogSources::open() {
  if (spool_) {
    if (auto opened = spool_->open(); !opened) return opened.error().within("spool of logs");
  }
  if (forward_) {
    if (auto bound = forward_->bind(); !bound) return bound.error().within("logs.forward_listen");
  }
  return {};
}

void LogSources::run_under(Supervisor& supervisor) {
  if (forward_)
    supervisor.run("log-forward", Stage::intake, [this](const std::stop_token& s) { forward_->run(s); });
  if (journal_)
    supervisor.run("log-journal", Stage::intake, [this](const std::stop_token& s) { journal_->run(s); });
  if (files_)
    supervisor.run("log-files", Stage::intake, [this](const std::stop_token& s) { files_->run(s); });
  if (spool_) supervisor.run("log-spool", Stage::serve, [this](const std::stop_token& s) { maintain(s); });
}

void LogSources::maintain(const std::stop_token& stop) {
  while (clock_.sleep(kMaintenance, stop)) spool_->maintain();
  spool_->maintain();
}

}  // namespace hakoban
