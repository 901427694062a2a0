// The scanner of json-file lines: both looks agree on where things stand, and what is found in a damaged line
// is whole.
#include <algorithm>
#include <string_view>

#include "core/logs/json_record.h"
#include "tests/fuzz/require.h"

namespace hakoban {
namespace {

void check(std::string_view line, const RecordTail& tail) {
  require(tail.text_end < line.size() && tail.time < line.size());
  if (tail.text_end > 0) require(line[tail.text_end] == '"');
  require(date_at(line, tail).size() == 10);
  require(time_at(line, tail).size() >= 20);
  require(marked_as_cut(line.substr(tail.text_end)).size() > line.size() - tail.text_end);
}

void look_at(std::string_view line) {
  const auto quick = quick_look(line);
  const auto strict = strict_look(line);
  if (quick) check(line, *quick);
  if (strict) check(line, *strict);
  if (quick && strict) {
    require(quick->text_end == strict->text_end && quick->time == strict->time);
    require(quick->partial == strict->partial && quick->is_stderr == strict->is_stderr);
  }
  if (const auto start = find_record(line)) {
    require(*start < line.size());
    require(strict_look(line.substr(*start)).has_value());
  }
  (void)time_of_record(line);
}

}  // namespace
}  // namespace hakoban

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view bytes{reinterpret_cast<const char*>(data), size};
  std::size_t at = 0;
  while (at < bytes.size()) {
    const auto end = std::min(bytes.find('\n', at), bytes.size());
    hakoban::look_at(bytes.substr(at, end - at));
    at = end + 1;
  }
  return 0;
}
