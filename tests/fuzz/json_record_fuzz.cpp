// The scanner of json-file lines: what looks whole is whole, and what it says of a line agrees with itself.
#include <cstdlib>
#include <string_view>

#include "core/logs/json_record.h"
#include "tests/fuzz/require.h"

namespace hakoban {
namespace {

void look_at(std::string_view line) {
  const bool record = is_record(line);
  const auto date = date_if_whole(line);
  if (record) {
    // The quick look may suspect a whole line (text that looks like another's start), and never the other way
    // without the end of a record being there.
    require(date_of_record(line).has_value());
  }
  if (date) require(date_of_record(line) == date);
  if (const auto start = find_record(line)) {
    require(*start < line.size());
    require(is_record(line.substr(*start)));
  }
  (void)time_of_record(line);
  (void)is_partial(line);
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
  const auto lines = bytes.substr(0, bytes.rfind('\n') + 1);
  if (bytes.find('\n') != std::string_view::npos)
    hakoban::require(hakoban::whole_messages(lines) <= lines.size());
  return 0;
}
