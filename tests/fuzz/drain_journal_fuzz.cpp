// A drain's journal after a crash, a full disk or another version: read as what it is, or not at all.
#include <string_view>

#include "handlers/drain/drain_journal.h"
#include "tests/fuzz/quiet_log.h"
#include "tests/fuzz/require.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace hakoban;
  const auto journal = parse_journal({reinterpret_cast<const char*>(data), size});
  if (!journal) return 0;
  // What was read and written again is read as the same.
  const std::string written = format_journal(journal->state, journal->boot_id);
  const auto again = parse_journal(written);
  require(again.has_value());
  require(format_journal(again->state, again->boot_id) == written);
  return 0;
}
