// What a draining host, or whoever holds the token, posts to the coordinator's drain desk; and what an agent
// takes for its answer.
#include <string_view>

#include "platform/drain_desk_messages.h"
#include "tests/fuzz/quiet_log.h"
#include "tests/fuzz/require.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace hakoban;
  const std::string_view body{reinterpret_cast<const char*>(data), size};
  if (const auto request = parse_desk_request(body)) {
    require(!request->id.empty() && !request->items.empty());
    const auto again = parse_desk_request(format_desk_request(*request));
    require(again.has_value() && again->items.size() == request->items.size());
  }
  if (const auto answer = parse_desk_answer(body))
    require((answer->standing == DeskStanding::failed) == answer->error.has_value());
  return 0;
}
