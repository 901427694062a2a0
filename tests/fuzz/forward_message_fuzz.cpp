// Messages of the forward protocol: what is whole stays whole when more follows, what is cut is incomplete,
// and each event becomes a record.
#include <string>
#include <string_view>

#include "core/logs/forward_message.h"
#include "core/logs/json_record.h"
#include "tests/fuzz/require.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace hakoban;
  std::string_view bytes{reinterpret_cast<const char*>(data), size};
  while (!bytes.empty()) {
    const auto look = first_forward_message(bytes);
    if (look.kind == ForwardLook::Kind::malformed) require(!look.problem.empty());
    if (look.kind != ForwardLook::Kind::whole) return 0;
    require(look.size > 0 && look.size <= bytes.size());
    require(first_forward_message(bytes.substr(0, look.size)).kind == ForwardLook::Kind::whole);
    require(first_forward_message(bytes.substr(0, look.size - 1)).kind != ForwardLook::Kind::whole);
    for (const auto& event : look.message.events) {
      std::string line;
      append_record(line, record_of(event));
      line.pop_back();
      require(strict_look(line).has_value() && line.find('\n') == std::string::npos);
    }
    if (!look.message.chunk.empty())
      require(forward_ack(look.message.chunk).size() > look.message.chunk.size());
    bytes.remove_prefix(look.size);
  }
  return 0;
}
