// Docker's local format: frames, the search after damage, and protobuf messages.
#include <string>
#include <string_view>

#include "core/logs/json_record.h"
#include "core/logs/local_entry.h"
#include "tests/fuzz/require.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace hakoban;
  std::string_view bytes{reinterpret_cast<const char*>(data), size};
  (void)read_local_entry(bytes);
  while (!bytes.empty()) {
    const auto frame = first_local_frame(bytes);
    if (frame.kind != LocalFrame::Kind::whole) {
      const auto next = next_local_frame(bytes);
      require(next > 0 && next <= bytes.size());
      bytes.remove_prefix(next);
      continue;
    }
    require(frame.size <= bytes.size() && !frame.message.empty());
    if (const auto record = read_local_entry(frame.message)) {
      std::string line;
      append_record(line, *record);
      require(line.ends_with('\n'));
      line.pop_back();
      const auto tail = strict_look(line);
      require(tail.has_value());
      require(tail->partial != record->ends_line || record->text.ends_with('\n'));
    }
    bytes.remove_prefix(frame.size);
  }
  return 0;
}
