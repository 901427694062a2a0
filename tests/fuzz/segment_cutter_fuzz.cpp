// The cutter of segments: however the bytes are fed, the records are the same, and nothing is kept twice.
#include <string>
#include <string_view>
#include <vector>

#include "core/logs/json_record.h"
#include "core/logs/segment_cutter.h"
#include "tests/fuzz/require.h"

namespace hakoban {
namespace {

struct Cut {
  std::string kept;
  std::size_t taken = 0;
  std::uint64_t lines = 0;
};

Cut cut(std::string_view bytes, std::size_t step) {
  SegmentCutter cutter;
  Cut result;
  std::vector<std::string_view> records;
  for (std::size_t fed = 0; fed < bytes.size() && !cutter.ended();) {
    fed = std::min(fed + step, bytes.size());
    records.clear();
    const auto at_hand = bytes.substr(result.taken, fed - result.taken);
    const auto used = cutter.take(at_hand, false, records);
    require(used <= at_hand.size());
    for (const auto& record : records) result.kept += record;
    result.taken += used;
  }
  result.lines = cutter.lines();
  return result;
}

}  // namespace
}  // namespace hakoban

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view bytes{reinterpret_cast<const char*>(data) + 1, size - 1};
  const auto whole = hakoban::cut(bytes, bytes.size());
  const auto pieces = hakoban::cut(bytes, std::size_t{1} + data[0]);
  hakoban::require(whole.kept == pieces.kept && whole.taken == pieces.taken && whole.lines == pieces.lines);
  hakoban::require(whole.taken <= bytes.size() && whole.kept.size() <= whole.taken);
  return 0;
}
