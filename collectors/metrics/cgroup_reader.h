// Reads the files of one cgroup, over all controllers, on kept descriptors.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "collectors/metrics/cgroup_places.h"
#include "core/metrics/cgroup_files.h"
#include "core/metrics/usage.h"
#include "core/result.h"
#include "platform/cgroups/kept_file.h"

namespace hakoban {

// What reading came to, for the program's own counters.
struct ReadTally {
  std::uint64_t read = 0;
  std::uint64_t gone = 0;    // not there any more: containers end
  std::uint64_t failed = 0;  // could not be read for another reason, or made no sense
  Error last_failure;        // of those
};

// Not thread-safe. Needs one buffer at a time, shared by all readers.
class CgroupReader {
 public:
  // Which files there are is looked up now; `budget` must outlive it. `per_cpu`: CPU time by CPU where the
  // kernel counts so.
  CgroupReader(const std::vector<CgroupPlace>& places, DescriptorBudget& budget, bool per_cpu);

  // Files that could not be read leave their readings empty.
  [[nodiscard]] CgroupUsage read(std::string& buffer, ReadTally& tally);
  [[nodiscard]] CgroupLimits read_limits(std::string& buffer, ReadTally& tally) const;

 private:
  struct Usage {
    KeptFile file;
    bool (*parse)(std::string_view, CgroupUsage&);
  };
  struct Limit {
    std::string path;
    bool (*parse)(std::string_view, CgroupLimits&);
  };

  void add_usage(const CgroupPlace& place, DescriptorBudget& budget, bool per_cpu);

  std::vector<Usage> usage_;
  std::vector<Limit> limits_;
};

// Reads `file` and gives its text to `parse`, counting what happens.
template <class Value>
void read_into(KeptFile& file, bool (*parse)(std::string_view, Value&), Value& value, std::string& buffer,
               ReadTally& tally) {
  const auto text = file.read(buffer);
  ++tally.read;
  if (text && parse(*text, value)) return;
  if (!text && text.error().code == Errc::not_found) {
    ++tally.gone;
    return;
  }
  ++tally.failed;
  tally.last_failure =
      text ? Error{Errc::malformed, "reading " + file.path() + ": not what the kernel writes there"}
           : text.error();
}

}  // namespace hakoban
