// What reading came to, for the program's own counters.
#pragma once

#include <cstdint>
#include <utility>

#include "core/result.h"
#include "platform/cgroups/kept_file.h"

namespace hakoban {

struct ReadTally {
  std::uint64_t read = 0;
  std::uint64_t gone = 0;    // not there any more: containers end
  std::uint64_t failed = 0;  // could not be read for another reason, or made no sense
  Error last_failure;        // of those

  void add(const ReadTally& other) {
    read += other.read;
    gone += other.gone;
    failed += other.failed;
    if (other.failed > 0) last_failure = other.last_failure;
  }
};

// Reads `file` and gives its text to `parse`, counting what happens. False: nothing was taken.
template <class Parse, class Value>
bool read_into(KeptFile& file, const Parse& parse, Value& value, std::string& buffer, ReadTally& tally) {
  const auto text = file.read(buffer);
  ++tally.read;
  if (text && parse(*text, value)) return true;
  if (!text && text.error().code == Errc::not_found) {
    ++tally.gone;
    return false;
  }
  ++tally.failed;
  tally.last_failure =
      text ? Error{Errc::malformed, "reading " + file.path() + ": not what the kernel writes there"}
           : text.error();
  return false;
}

}  // namespace hakoban
