// Which file is which. A container's log is a chain of files: Docker renames json.log to .1, .1 to .2 and so
// on, or unlinks it, and begins a new one; inodes are used again soon after. One file of the chain, whatever
// it is called by now, is a generation.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.h"

namespace hakoban {

struct FileIdentity {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t head = 0;  // hash of the first line; 0 while there is no whole one

  bool operator==(const FileIdentity&) const = default;
};

// FNV-1a, 64 bits, never 0.
[[nodiscard]] std::uint64_t hash_of_head(std::string_view first_line);

// How a generation is called in keys: its first record's time, "20261123T205258.305356637Z", so that names
// sort as the files do and can be found again without a cursor. The pieces of one long message share a time:
// a name that `previous`, the generation before, has already gets ".2", ".3" and so on. Without a time it is
// named after the one before.
[[nodiscard]] std::string generation_name(std::optional<TimePoint> first_record, std::string_view previous);

struct KnownGeneration {
  FileIdentity identity;
  std::string name;           // "" while it has no whole line
  std::uint64_t planned = 0;  // bytes of it that are stored or planned
};

struct FoundFile {
  FileIdentity identity;
  std::uint64_t size = 0;
  bool compressed = false;  // later, by Docker: into another inode
};

// What the files of a chain are, given what is known of earlier, the newest generation always among it:
// Docker deletes from the old end, so when none is known any more all are newer.
struct ChainMatch {
  enum class Kind {
    known,   // goes on at known[index]
    fresh,   // never seen: to be read from its start
    stored,  // older than one that is known: done with before
  };
  Kind kind = Kind::fresh;
  std::size_t index = 0;

  bool operator==(const ChainMatch&) const = default;
};

// Both oldest first. One match for each file found. `kept_open`: what is known is held open, so an inode
// tells for sure. Else, and for compressed files, a head alone is enough to know a file again: device numbers
// change with a reboot, inodes when Docker's folder is moved or the file is compressed.
[[nodiscard]] std::vector<ChainMatch> match_chain(const std::vector<KnownGeneration>& known,
                                                  const std::vector<FoundFile>& found, bool kept_open);

}  // namespace hakoban
