// A decision record that anybody may hand to `hakoban-coordinator replay`: read, decided again, written and
// read again to the same values.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include <nlohmann/json.hpp>

#include "coordinator/fleet_json.h"
#include "coordinator/replay.h"
#include "core/fleet/decide_size.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hakoban;
  const auto records = read_records({reinterpret_cast<const char*>(data), size});
  if (!records) return 0;
  for (const auto& record : *records) {
    const auto decision = decide_size(record.snapshot, record.policy, record.at);
    (void)differences(record.decision, decision);
    const auto text = record_json(record).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    const auto again = read_record(text);
    if (!again || again->snapshot.instances.size() != record.snapshot.instances.size()) std::abort();
  }
  return 0;
}
