// One line of Docker's json-file driver: {"log":"…","stream":"stdout"[,"attrs":{…}],"time":"…Z"}, in this
// order. Source: moby, daemon/logger/jsonfilelog/jsonlog. Lines are looked at from both ends and not parsed:
// a line that looks whole from there and has no second start inside is whole, because quotes in the text are
// escaped.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "core/time.h"

namespace hakoban {

// All take a line without its newline.

// Where things stand at the end of a record's line.
struct RecordTail {
  std::size_t text_end = 0;  // the closing quote of "log"; 0 when the record has no "log"
  std::size_t time = 0;      // the first digit of the time
  bool is_stderr = false;
  bool partial = false;  // Docker cuts what has no newline for 16 KiB: all pieces but the last lack "\n"
};

// The quick look: right start, right end, and no other record's start between. Digits are not checked.
// Nothing: the strict look must tell.
[[nodiscard]] std::optional<RecordTail> quick_look(std::string_view line);

// The slow and strict look, at every byte. Nothing: it is no record.
[[nodiscard]] std::optional<RecordTail> strict_look(std::string_view line);

// Where the last whole record of a damaged line begins: a daemon that crashed leaves half a line, and the
// next record is glued to it. Nothing: there is none.
[[nodiscard]] std::optional<std::size_t> find_record(std::string_view line);

// "2026-11-23", and the whole "2026-11-23T20:52:58.305356637Z", of a line whose tail that is.
[[nodiscard]] std::string_view date_at(std::string_view line, const RecordTail& tail);
[[nodiscard]] std::string_view time_at(std::string_view line, const RecordTail& tail);

// The record's time. Nothing: the line does not end as a record does, or there is no such time.
[[nodiscard]] std::optional<TimePoint> time_of_record(std::string_view line);

// The end of a record's line from its text's closing quote on, with "hakoban_partial":"true" among its
// attributes: the line was cut here.
[[nodiscard]] std::string marked_as_cut(std::string_view end_of_line);

}  // namespace hakoban
