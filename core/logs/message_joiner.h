// Puts the pieces of long lines together again. Docker cuts a line into pieces of 16 KiB, all with the time
// of the first; those of stdout and stderr may stand between one another. Source: moby, daemon/logger/copier.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/logs/json_record.h"

namespace hakoban {

// From the first piece of a line on, all records go through it, until none is open: what it holds by then is
// whole. What it makes depends on the records alone.
class MessageJoiner {
 public:
  // A longer line is cut, and what was cut off is marked (marked_as_cut). Of the text as it stands in JSON.
  explicit MessageJoiner(std::size_t longest_line) : longest_(longest_line) {}

  // `record` without its newline; `at`: where it stands in the file, to bound what lies between two pieces.
  void add(std::string_view record, const RecordTail& tail, std::uint64_t at);

  // Whether some line's last piece has not come.
  [[nodiscard]] bool open() const { return messages_[0].has_value() || messages_[1].has_value(); }

  // Cuts what is open.
  void cut();
  // Forgets what it holds.
  void discard();

  // Whole lines, as records.
  std::string held;
  std::uint64_t lines = 0;   // in `held`
  std::uint64_t joined = 0;  // pieces that these were made of, where they were several

 private:
  struct Message {
    std::string text;  // from the record's first byte on
    std::string time;
    std::string end;  // of its last piece: what follows the text
    std::uint64_t begun_at = 0;
    std::uint64_t pieces = 0;
  };

  void close(std::optional<Message>& message, std::string_view end);
  void cut(std::optional<Message>& message);

  const std::size_t longest_;
  std::array<std::optional<Message>, 2> messages_;  // stdout, stderr
};

}  // namespace hakoban
