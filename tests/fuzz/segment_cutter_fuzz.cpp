// The cutter of segments, of json-file and local format: however the bytes are fed, the records are the same.
#include <algorithm>
#include <string>
#include <string_view>

#include "core/logs/json_record.h"
#include "core/logs/local_decoder.h"
#include "core/logs/segment_cutter.h"
#include "tests/fuzz/require.h"

namespace hakoban {
namespace {

constexpr std::size_t kLongestLine = 64;

struct Cut {
  std::string kept;
  std::size_t taken = 0;
  CutCounts counts;
};

Cut cut(const RecordDecoder* decoder, std::string_view bytes, std::size_t step) {
  SegmentCutter cutter{decoder, kLongestLine};
  Cut result;
  const RecordSink sink = [&](std::string_view block) { result.kept += block; };
  for (std::size_t fed = 0; fed < bytes.size() && !cutter.ended();) {
    fed = std::min(fed + step, bytes.size());
    const auto at_hand = bytes.substr(result.taken, fed - result.taken);
    const auto used = cutter.take(at_hand, fed == bytes.size(), sink);
    require(used <= at_hand.size());
    result.taken += used;
    require(cutter.whole() <= result.taken);
  }
  cutter.cut(sink);
  require(cutter.whole() == result.taken);
  result.counts = cutter.counts();
  return result;
}

void check(const Cut& whole, const Cut& pieces) {
  require(whole.kept == pieces.kept && whole.taken == pieces.taken);
  require(whole.counts.lines == pieces.counts.lines && whole.counts.joined == pieces.counts.joined);
}

}  // namespace
}  // namespace hakoban

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace hakoban;
  if (size < 2) return 0;
  const LocalDecoder local;
  const RecordDecoder* decoder = data[0] % 2 == 0 ? nullptr : &local;
  const std::string_view bytes{reinterpret_cast<const char*>(data) + 1, size - 1};
  check(cut(decoder, bytes, bytes.size()), cut(decoder, bytes, std::size_t{1} + data[0]));
  return 0;
}
