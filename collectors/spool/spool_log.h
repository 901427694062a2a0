// One log on disk that no file of Docker's backs: what came by socket or from the journal, as json-file lines
// in "<id>-json.log", with its rotated files ".1", ".2" … beside, as Docker's own driver leaves them. The log
// tailer follows it as it follows Docker's.
//
// Exactly once: batches of lines are appended with a mark, the name of the batch at its source (the chunk of
// a forward message, a journal's cursor). The mark goes to the file "marks" after the lines. A process that
// is killed between the two finds lines that no mark covers; when the source hands in that batch again, only
// what is missing of it is written.
#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "platform/append_file.h"

namespace hakoban {

// For one thread at a time.
class SpoolLog {
 public:
  // Opens or makes the folder of a log, and goes on where an earlier process ended. Errors: denied,
  // unavailable.
  [[nodiscard]] static Result<SpoolLog> open(std::filesystem::path folder, const std::string& id);

  // Whole lines. `mark`: "" when the source cannot hand the batch in twice. After an error the batch is not
  // there; hand it in again. Errors: unavailable (disk full, I/O).
  [[nodiscard]] Result<void> append(std::string_view lines, std::string_view mark);

  // What was appended, and its marks, survive a crash of the machine. Errors: unavailable.
  [[nodiscard]] Result<void> sync();

  // Of the last batch that had one; "": none.
  [[nodiscard]] std::string last_mark() const {
    return marks_seen_.empty() ? std::string{} : marks_seen_.back();
  }

  // Whether a batch of that mark is there: of the last kMarksKept, also over restarts. A sender with several
  // batches under way may hand in each of them again.
  [[nodiscard]] bool has_mark(std::string_view mark) const;
  static constexpr std::size_t kMarksKept = 256;

  // What is there after last_mark()'s batch, of a batch that was cut short; it may end within a line.
  [[nodiscard]] const std::string& unmarked_lines() const { return unmarked_; }

  // Goes on in a new file, unless the present one is empty. Errors: denied, unavailable.
  [[nodiscard]] Result<void> rotate();

  // Deletes the rotated file with that inode and all older ones. Nothing, when it is none of them.
  [[nodiscard]] Result<void> drop_through(std::uint64_t inode);

  [[nodiscard]] std::uint64_t live_bytes() const { return size_; }
  // Of all files.
  [[nodiscard]] std::uint64_t bytes() const { return size_ + rotated_bytes_; }
  [[nodiscard]] const std::filesystem::path& live() const { return live_; }
  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }

 private:
  SpoolLog(std::filesystem::path folder, std::filesystem::path live, AppendFile data, AppendFile marks);

  [[nodiscard]] Result<void> recover();
  [[nodiscard]] Result<void> write(std::string_view lines);
  [[nodiscard]] Result<void> commit(std::string_view mark, std::uint64_t end);
  [[nodiscard]] std::vector<std::filesystem::path> rotated_files() const;  // ".1" first
  [[nodiscard]] std::string text_from(std::uint64_t from) const;
  void remember(std::string mark);

  std::filesystem::path folder_;
  std::filesystem::path live_;
  AppendFile data_;
  AppendFile marks_;
  std::uint64_t inode_ = 0;
  std::uint64_t size_ = 0;              // of the live file
  std::uint64_t rotated_bytes_ = 0;     // of the others
  std::deque<std::string> marks_seen_;  // the oldest first
  std::string unmarked_;
  bool mark_torn_ = false;  // the file of marks does not end with a newline
};

}  // namespace hakoban
