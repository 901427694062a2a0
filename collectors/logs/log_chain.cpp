#include "collectors/logs/log_chain.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include "core/logs/json_record.h"

namespace hakoban {
namespace {

// Docker's records have at most 16 KiB of text, six times that when escaped.
constexpr std::size_t kShortHead = 4096;
constexpr std::size_t kLongestHead = kLongestRecord;
constexpr int kMostFiles = 1000;
constexpr int kMostLooks = 8;

std::filesystem::path with_suffix(const std::filesystem::path& live, int number, std::string_view more = "") {
  return live.string() + "." + std::to_string(number) + std::string{more};
}

// The file of that number: plain, or compressed. Docker removes the plain one when the other is whole.
Result<OpenLog> open_number(const std::filesystem::path& live, int number, LogFileFormat format) {
  if (number == 0) return open_log(live, format);
  auto plain = open_log(with_suffix(live, number), format);
  if (plain || plain.error().code != Errc::not_found) return plain;
  auto compressed = open_log(with_suffix(live, number, ".gz"), format);
  // What is no gzip yet is being made from a plain one, which was renamed between.
  if (!compressed && compressed.error().code == Errc::malformed)
    return Error{Errc::not_found, compressed.error().what};
  return compressed;
}

// One look, newest first, because that is the order in which names move on.
Result<std::vector<OpenLog>> look_at_chain(const std::filesystem::path& live, LogFileFormat format) {
  std::vector<OpenLog> chain;
  for (int number = 0; number < kMostFiles; ++number) {
    auto log = open_number(live, number, format);
    if (log) {
      chain.push_back(std::move(*log));
    } else if (log.error().code != Errc::not_found) {
      return log.error();
    } else if (number > 0) {
      break;
    }
  }
  std::reverse(chain.begin(), chain.end());
  return chain;
}

bool same_inode(const OpenLog& a, const OpenLog& b) {
  return a.found.identity.device == b.found.identity.device &&
         a.found.identity.inode == b.found.identity.inode;
}

// Compressing a file gives it another inode.
bool same_file(const OpenLog& a, const OpenLog& b) {
  const bool compressed = a.file.compressed() != b.file.compressed();
  return same_inode(a, b) ||
         (compressed && a.found.identity.head != 0 && a.found.identity.head == b.found.identity.head);
}

bool contains(const std::vector<OpenLog>& chain, const OpenLog& log) {
  return std::any_of(chain.begin(), chain.end(), [&](const OpenLog& other) { return same_file(other, log); });
}

// The same file under two names was renamed between: it is one.
void drop_doubles(std::vector<OpenLog>& chain) {
  std::vector<OpenLog> once;
  for (auto& log : chain) {
    if (!contains(once, log)) once.push_back(std::move(log));
  }
  chain = std::move(once);
}

bool agree(const std::vector<OpenLog>& a, const std::vector<OpenLog>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), same_inode);
}

// What the earlier look has and the later has not is older than all that is left.
std::vector<OpenLog> merged(std::vector<OpenLog> earlier, std::vector<OpenLog> later) {
  std::vector<OpenLog> all;
  for (auto& log : earlier) {
    if (!contains(later, log)) all.push_back(std::move(log));
  }
  for (auto& log : later) all.push_back(std::move(log));
  return all;
}

}  // namespace

namespace {

LogHead head_of_line(std::string_view line) {
  const auto record = find_record(line);
  return {hash_of_head(line), record ? time_of_record(line.substr(*record)) : std::nullopt};
}

// Nothing: the first record does not end among these bytes.
std::optional<LogHead> head_of(std::string_view bytes, LogFileFormat format) {
  const auto* decoder = decoder_of(format);
  if (decoder == nullptr) {
    const auto newline = bytes.find('\n');
    if (newline == std::string_view::npos) return std::nullopt;
    return head_of_line(bytes.substr(0, newline));
  }
  if (bytes.empty()) return std::nullopt;
  std::string scratch;
  const auto first = decoder->next(bytes, scratch);
  if (first.kind == DecodedRecord::Kind::unfinished) return std::nullopt;
  const bool record = first.kind == DecodedRecord::Kind::record;
  return LogHead{hash_of_head(bytes.substr(0, first.used)),
                 record ? time_of_record(first.line) : std::nullopt};
}

}  // namespace

Result<LogHead> read_head(const LogFile& file, LogFileFormat format) {
  std::string bytes;
  for (const auto size : {kShortHead, kLongestHead}) {
    bytes.resize(size);
    const auto count = file.read_at(0, bytes.data(), size);
    if (!count) return count.error().within("reading the first record");
    bytes.resize(*count);
    if (const auto head = head_of(bytes, format)) return *head;
    if (*count < size) return LogHead{0, time_of_record(bytes)};
  }
  return LogHead{hash_of_head(bytes), std::nullopt};
}

Result<OpenLog> open_log(const std::filesystem::path& path, LogFileFormat format) {
  auto file = LogFile::open(path);
  if (!file) return file.error();
  const auto status = file->status();
  if (!status) return status.error().within(path.string());
  const auto head = read_head(*file, format);
  if (!head) return head.error().within(path.string());
  const bool compressed = file->compressed();
  return OpenLog{std::move(*file), {{status->device, status->inode, head->hash}, status->size, compressed}};
}

Result<std::vector<OpenLog>> open_chain(const std::filesystem::path& live, LogFileFormat format) {
  auto chain = look_at_chain(live, format);
  if (!chain) return chain;
  drop_doubles(*chain);
  for (int looks = 1; looks < kMostLooks; ++looks) {
    auto again = look_at_chain(live, format);
    if (!again) return again;
    drop_doubles(*again);
    const bool settled = agree(*chain, *again);
    chain = merged(std::move(*chain), std::move(*again));
    if (settled) break;
  }
  return chain;
}

}  // namespace hakoban
