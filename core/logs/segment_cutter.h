// Finds the records of one segment in the bytes of a json-file log, and where the segment has to end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hakoban {

// Feed it consecutive bytes. Equal bytes give equal records, however they are fed.
class SegmentCutter {
 public:
  // How many of the `bytes`, from their front, belong to the segment: whole lines, up to a record of another
  // UTC date. What it keeps of them, without torn lines, is appended to `records`; they point into `bytes`.
  // Hand in what it did not take again, with what follows it. `last`: nothing will ever follow, so a line
  // without a newline is whole, or torn.
  [[nodiscard]] std::size_t take(std::string_view bytes, bool last, std::vector<std::string_view>& records);

  // For a line that is longer than any record can be: how many of these bytes, which hold no newline, to pass
  // over.
  [[nodiscard]] std::size_t pass_over(std::string_view bytes);

  // The next record has another date: nothing more may be taken.
  [[nodiscard]] bool ended() const { return ended_; }

  // Of all its records; "" while there is none.
  [[nodiscard]] const std::string& date() const { return date_; }
  [[nodiscard]] std::uint64_t lines() const { return lines_; }
  // Lines of which a crash left a part only. They are left out.
  [[nodiscard]] std::uint64_t torn_lines() const { return torn_lines_; }

 private:
  struct Look {
    enum class Kind { record, torn, other_date } kind = Kind::torn;
    std::size_t start = 0;  // of the record in the line
  };

  [[nodiscard]] Look look_at(std::string_view line, bool suspicious);

  std::string date_;
  std::uint64_t lines_ = 0;
  std::uint64_t torn_lines_ = 0;
  bool ended_ = false;
};

}  // namespace hakoban
