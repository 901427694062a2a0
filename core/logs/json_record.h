// One line of Docker's json-file driver: {"log":"…","stream":"stdout"[,"attrs":{…}],"time":"…Z"}, in this
// order. Source: moby, daemon/logger/jsonfilelog/jsonlog. Lines are looked at from both ends and not parsed:
// a line that looks whole from there and has no second start inside is whole, because quotes in the text are
// escaped.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "core/time.h"

namespace hakoban {

// All take a line without its newline.

// "2026-11-23", from the time at the line's end. Nothing: it does not end as a record ends. Digits are not
// checked.
[[nodiscard]] std::optional<std::string_view> date_of_record(std::string_view line);

// The record's time. Nothing: no such end, or no such time.
[[nodiscard]] std::optional<TimePoint> time_of_record(std::string_view line);

// The quick look: right start, right end, and no other record's start between. Its date when it looks whole.
[[nodiscard]] std::optional<std::string_view> date_if_whole(std::string_view line);

// The slow and strict look, at every byte.
[[nodiscard]] bool is_record(std::string_view line);

// Where the last whole record of a damaged line begins: a daemon that crashed leaves half a line, and the
// next record is glued to it. Nothing: there is none.
[[nodiscard]] std::optional<std::size_t> find_record(std::string_view line);

// Docker cuts what has no newline for 16 KiB into pieces; all but the last lack the newline in "log".
[[nodiscard]] bool is_partial(std::string_view line);

// The longest front of `lines` (whole lines) that does not end between the pieces of a message. All of it
// when that is not to be seen in its last lines.
[[nodiscard]] std::size_t whole_messages(std::string_view lines);

}  // namespace hakoban
