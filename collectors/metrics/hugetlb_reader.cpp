#include "collectors/metrics/hugetlb_reader.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "core/metrics/kernel_text.h"

namespace hakoban {
namespace {

namespace fs = std::filesystem;

struct File {
  std::string_view name;
  Reading HugePageUsage::*reading;
};

constexpr File kV1[] = {{"usage_in_bytes", &HugePageUsage::usage_bytes},
                        {"max_usage_in_bytes", &HugePageUsage::max_usage_bytes},
                        {"failcnt", &HugePageUsage::failcnt}};
constexpr File kV2[] = {{"current", &HugePageUsage::usage_bytes}, {"events", &HugePageUsage::failcnt}};

// "hugetlb.2MB.current" is of size "2MB"; "hugetlb.2MB.rsvd.current" is another thing.
std::vector<std::string> sizes_in(const std::string& folder, std::string_view usage_file) {
  std::vector<std::string> sizes;
  std::error_code failed;
  for (fs::directory_iterator entry{folder, failed}, end; !failed && entry != end; entry.increment(failed)) {
    const auto name = entry->path().filename().string();
    std::string_view rest = name;
    if (kernel_text::take_until(rest, '.') != "hugetlb") continue;
    const auto size = kernel_text::take_until(rest, '.');
    if (rest == usage_file) sizes.emplace_back(size);
  }
  std::sort(sizes.begin(), sizes.end());
  return sizes;
}

// A number and a newline, or "max <number>".
bool parse(std::string_view text, Reading& into) {
  constexpr std::string_view kMax = "max ";
  if (text.starts_with(kMax)) text.remove_prefix(kMax.size());
  into = kernel_text::single_number(text);
  return into.has_value();
}

}  // namespace

HugetlbReader::HugetlbReader(const CgroupPlace& place, DescriptorBudget& budget) {
  const auto files = place.version == CgroupVersion::v1 ? std::span<const File>{kV1} : kV2;
  for (auto& name : sizes_in(place.folder, files.front().name)) {
    Size size{std::move(name), {}, {}};
    for (const auto& file : files) {
      auto path = place.folder + "/hugetlb." + size.name + '.' + std::string{file.name};
      if (::access(path.c_str(), F_OK) != 0) continue;
      size.files.emplace_back(std::move(path), budget);
      size.readings.push_back(file.reading);
    }
    sizes_.push_back(std::move(size));
  }
}

void HugetlbReader::read(CgroupUsage& into, std::string& buffer, ReadTally& tally) {
  for (auto& size : sizes_) {
    HugePageUsage usage;
    usage.page_size = size.name;
    for (std::size_t i = 0; i < size.files.size(); ++i)
      read_into(size.files[i], parse, usage.*size.readings[i], buffer, tally);
    into.hugetlb.push_back(std::move(usage));
  }
}

}  // namespace hakoban
