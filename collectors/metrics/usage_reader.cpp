#include "collectors/metrics/usage_reader.h"

#include <filesystem>
#include <functional>
#include <system_error>
#include <utility>

#include "core/metrics/kernel_text.h"

namespace hakoban {
namespace {

namespace fs = std::filesystem;

constexpr Duration kPatienceAtEnd = 200ms;

// Counts what one process has open. One that ended meanwhile counts nothing; one that may not be looked at
// spoils the sum.
bool add_descriptors(const fs::path& folder, std::uint64_t& files, std::uint64_t& sockets) {
  std::error_code failed;
  for (fs::directory_iterator entry{folder, failed}, end; !failed && entry != end; entry.increment(failed)) {
    std::error_code closed;
    const auto target = fs::read_symlink(entry->path(), closed);
    ++files;
    if (!closed && target.native().starts_with("socket:")) ++sockets;
  }
  return !failed || failed == std::errc::no_such_file_or_directory || failed == std::errc::no_such_process;
}

// At some point of the interval that is the cgroup's own: the limits of hundreds, found together at the
// start, are not to be read anew in one scrape, each time.
Duration spread(Duration interval, const std::vector<CgroupPlace>& places) {
  constexpr std::size_t kPoints = 1024;
  const auto point = places.empty() ? 0 : std::hash<std::string>{}(places.front().folder) % kPoints;
  return interval * static_cast<Duration::rep>(point + 1) / static_cast<Duration::rep>(kPoints);
}

std::optional<KeptFile> processes_of(const std::vector<CgroupPlace>& places, const MetricGroups& groups,
                                     DescriptorBudget& budget) {
  if (places.empty() || !groups.has(MetricGroup::fds)) return std::nullopt;
  return KeptFile{places.front().folder + "/cgroup.procs", budget};
}

}  // namespace

UsageReader::UsageReader(const std::vector<CgroupPlace>& places, const std::string& network_folder,
                         const HostPaths& paths, std::shared_ptr<DescriptorBudget> budget,
                         UsageReaderConfig config)
    : budget_(std::move(budget)),
      paths_(paths),
      config_(config),
      first_refresh_(spread(config.limits_refresh, places)),
      cgroup_(places, *budget_, config_.groups),
      processes_(processes_of(places, config_.groups, *budget_)) {
  if (!network_folder.empty()) network_.emplace(network_folder, config_.groups, *budget_);
}

std::optional<UsageReport> UsageReader::read(std::string& buffer, SteadyPoint now, Duration patience) {
  const PatientLock lock{mutex_, patience};
  if (!lock) return std::nullopt;
  return read_locked(buffer, now);
}

UsageReport UsageReader::read_locked(std::string& buffer, SteadyPoint now) {
  UsageReport report;
  if (!limits_due_ || now >= *limits_due_) {
    limits_ = cgroup_.read_limits(buffer, report.tally);
    limits_due_ = now + (limits_due_ ? config_.limits_refresh : first_refresh_);
  }
  report.limits = limits_;
  const auto before = report.tally;
  report.usage = cgroup_.read(limits_.cpu_quota_us.has_value(), buffer, report.tally);
  const auto& tally = report.tally;
  report.alive = tally.read - before.read > tally.gone - before.gone + tally.failed - before.failed;
  if (processes_ && report.alive) count_descriptors(report.usage, buffer, report.tally);
  if (network_) report.network = network_->read(buffer, report.tally);
  return report;
}

void UsageReader::count_descriptors(CgroupUsage& into, std::string& buffer, ReadTally& tally) {
  std::vector<std::string> processes;
  const auto parse = [](std::string_view text, std::vector<std::string>& ids) {
    while (!text.empty()) ids.emplace_back(kernel_text::take_until(text, '\n'));
    return true;
  };
  if (!read_into(*processes_, parse, processes, buffer, tally)) return;
  std::uint64_t files = 0;
  std::uint64_t sockets = 0;
  for (const auto& id : processes) {
    if (!add_descriptors(paths_.procfs / id / "fd", files, sockets)) return;
  }
  into.file_descriptors = files;
  into.sockets = sockets;
}

bool UsageReader::read_last(std::string& buffer, SteadyPoint now) {
  const PatientLock lock{mutex_, kPatienceAtEnd};
  if (!lock) return false;
  auto report = read_locked(buffer, now);
  if (!report.alive) return false;
  last_ = std::move(report);
  return true;
}

std::optional<UsageReport> UsageReader::last() {
  const PatientLock lock{mutex_, kPatienceAtEnd};
  if (!lock) return std::nullopt;
  return last_;
}

}  // namespace hakoban
