// The seam for file formats: what Docker's log files are made of. Whatever a file holds, its records become
// lines as Docker's json-file driver writes them:
//   {"log":"…\n","stream":"stdout"[,"attrs":{…}],"time":"2026-11-23T20:52:58.305356637Z"}
// so that dates, partial messages (whose "log" lacks its "\n"), cuts and objects are the same for all.
//
// To add a format: a value of LogFileFormat with its name, a RecordDecoder, a line in decoder_of(). The chain
// of files (.1, .2.gz …), identity, cursors, plans, gaps and damaged ends come with it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace hakoban {

struct DecodedRecord {
  enum class Kind {
    record,      // `line` is it
    torn,        // bytes that are no record: they are left out, and counted once
    unfinished,  // its end is not among these bytes
  };
  Kind kind = Kind::unfinished;
  std::size_t used = 0;   // bytes from the front that it takes; 0 when unfinished
  std::string_view line;  // without its newline; into `bytes` or `scratch`
};

// Without state: equal bytes give equal records, however they are cut into calls.
class RecordDecoder {
 public:
  virtual ~RecordDecoder() = default;

  // The record at the front of `bytes`, which are not empty. What asks for more than kLongestRecord bytes is
  // passed over as torn.
  [[nodiscard]] virtual DecodedRecord next(std::string_view bytes, std::string& scratch) const = 0;
};

inline constexpr std::size_t kLongestRecord = 1 << 20;

enum class LogFileFormat {
  json_file,     // Docker's json-file driver, and whatever else writes such lines
  docker_local,  // Docker's local driver, and its cache beside drivers that cannot be read back
};

// As it stands in cursors: "json-file". Stable.
[[nodiscard]] std::string_view name_of(LogFileFormat format);
[[nodiscard]] std::optional<LogFileFormat> log_file_format(std::string_view name);

// Null: the bytes are such lines already, and are passed through.
[[nodiscard]] const RecordDecoder* decoder_of(LogFileFormat format);

}  // namespace hakoban
