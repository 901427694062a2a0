// A log record of any source, and how it is written: one line of JSON in the shape of Docker's json-file
// driver, {"log":"…","stream":"stdout"[,"attrs":{…}],"time":"…Z"}, so that objects look alike whatever driver
// a task has.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/time.h"

namespace hakoban {

using LogAttributes = std::vector<std::pair<std::string_view, std::string_view>>;

// Points into what it was read from.
struct LogRecord {
  std::string_view text;  // without the newline that ends it
  bool ends_line = true;  // false: a piece of a longer line, whose next piece follows on the same stream
  std::string_view stream = "stdout";
  LogAttributes attributes;
  TimePoint time{};
};

// "2026-11-23T20:52:58.3053Z": the fraction without its trailing zeros, as Docker writes it. Years outside of
// 1970 to 2200 are clamped.
[[nodiscard]] std::string format_record_time(TimePoint time);

// Appends `text` as it stands between the quotes of a JSON string. What is not UTF-8 becomes U+FFFD, one a
// byte.
void append_json_text(std::string& out, std::string_view text);

// Appends the record as one line, with its newline.
void append_record(std::string& out, const LogRecord& record);

}  // namespace hakoban
