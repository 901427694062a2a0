#include "collectors/metrics/process_metrics.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "core/metrics/exposition.h"
#include "core/metrics/label_block.h"
#include "core/metrics/process_facts.h"
#include "platform/files.h"

namespace hakoban {
namespace {

// Since Linux 6.2 the folder's size is their number; before, and on other file systems, they are counted.
Reading count_descriptors(const std::filesystem::path& folder) {
  struct stat told {};
  if (::stat(folder.c_str(), &told) == 0 && told.st_size > 0 && folder.native().starts_with("/proc/"))
    return static_cast<std::uint64_t>(told.st_size);
  std::error_code failed;
  std::uint64_t count = 0;
  for (std::filesystem::directory_iterator entry{folder, failed}, end; !failed && entry != end;
       entry.increment(failed))
    ++count;
  return failed ? std::nullopt : Reading{count};
}

Reading descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return std::nullopt;
  return limit.rlim_cur;
}

}  // namespace

ProcessMetrics::ProcessMetrics(std::string program, std::string version, std::filesystem::path proc)
    : program_(std::move(program)), version_(std::move(version)), proc_(std::move(proc)) {}

Result<void> ProcessMetrics::write(PageText& page) {
  FamilyWriter{page, "hakoban_build_info", MetricType::gauge, "Which version runs; always 1."}.sample(
      LabelBlock{}.add("program", program_).add("version", version_).text(), 1);
  const auto stat = read_file(proc_ / "self" / "stat");
  const auto boot = read_file(proc_ / "stat");
  const ProcessUnits units{static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK)),
                           static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE))};
  auto facts = read_process_facts(stat ? *stat : "", boot ? *boot : "", units);
  facts.open_fds = count_descriptors(proc_ / "self" / "fd");
  facts.max_fds = descriptor_limit();
  write_process_families(page, facts);
  if (!stat) return stat.error().within("reading our own process");
  return {};
}

}  // namespace hakoban
