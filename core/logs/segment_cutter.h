// Finds the records of one segment in the bytes of a log file, and where the segment has to end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "core/logs/message_joiner.h"
#include "core/logs/record_decoder.h"
#include "core/logs/segment_source.h"

namespace hakoban {

struct CutCounts {
  std::uint64_t lines = 0;
  std::uint64_t torn_lines = 0;  // of which a crash left a part only; they are left out
  std::uint64_t joined = 0;      // pieces that became part of a longer line
};

// Feed it consecutive bytes, then end it. Equal bytes, ended in the same way, give equal records, however
// they are fed.
class SegmentCutter {
 public:
  // `decoder`: null for json-file. Lines of more text are cut.
  SegmentCutter(const RecordDecoder* decoder, std::size_t longest_line)
      : decoder_(decoder), joiner_(longest_line) {}

  // How many of the `bytes`, from their front, it has taken: whole records, up to one of another UTC date.
  // Hand in what it did not take again, with what follows it. `last`: nothing will ever follow, so a record
  // without its end is whole, or torn.
  [[nodiscard]] std::size_t take(std::string_view bytes, bool last, const RecordSink& sink);

  // For a record that is longer than any can be: how many of these bytes, which hold no end, to pass over.
  [[nodiscard]] std::size_t pass_over(std::string_view bytes);

  // Of the bytes taken, how many the segment has when it ends here: all, but for a line whose last piece is
  // missing, and what follows its first piece.
  [[nodiscard]] std::uint64_t whole() const { return whole_; }

  // Nothing more is fed. Cuts a line whose last piece is missing, so that all bytes taken are whole.
  void cut(const RecordSink& sink);

  // The next record has another date: nothing more may be taken.
  [[nodiscard]] bool ended() const { return ended_; }

  // Of all its records; "" while there is none.
  [[nodiscard]] const std::string& date() const { return date_; }
  // In the bytes that are whole.
  [[nodiscard]] const CutCounts& counts() const { return whole_counts_; }

 private:
  struct Look {
    enum class Kind { record, torn, other_date } kind = Kind::torn;
    std::size_t start = 0;  // of the record in the line
    RecordTail tail;
  };

  [[nodiscard]] Look look_at(std::string_view line, bool suspicious);
  [[nodiscard]] std::size_t take_lines(std::string_view bytes, bool last, const RecordSink& sink);
  [[nodiscard]] std::size_t take_decoded(std::string_view bytes, bool last, const RecordSink& sink);
  void add(std::string_view line, const Look& look, std::uint64_t at, const RecordSink& sink);
  void settle(std::uint64_t taken, const RecordSink& sink);

  const RecordDecoder* decoder_;
  std::string scratch_;
  std::string date_;
  MessageJoiner joiner_;
  std::uint64_t taken_ = 0;  // in the calls before
  std::uint64_t whole_ = 0;
  CutCounts counts_;
  CutCounts whole_counts_;
  bool ended_ = false;
};

}  // namespace hakoban
