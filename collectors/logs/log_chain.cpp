#include "collectors/logs/log_chain.h"

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>

#include "core/logs/json_record.h"

namespace hakoban {
namespace {

// Docker's records have at most 16 KiB of text, six times that when escaped.
constexpr std::size_t kShortHead = 4096;
constexpr std::size_t kLongestHead = 256 << 10;
constexpr int kMostFiles = 1000;
constexpr int kMostLooks = 8;

std::filesystem::path with_suffix(const std::filesystem::path& live, int number, std::string_view more = "") {
  return live.string() + "." + std::to_string(number) + std::string{more};
}

// One look, newest first, because that is the order in which names move on.
Result<std::vector<OpenLog>> look_at_chain(const std::filesystem::path& live) {
  std::vector<OpenLog> chain;
  for (int number = 0; number < kMostFiles; ++number) {
    auto log = open_log(number == 0 ? live : with_suffix(live, number));
    if (log) {
      chain.push_back(std::move(*log));
    } else if (log.error().code != Errc::not_found) {
      return log.error();
    } else if (number > 0 && !file_status(with_suffix(live, number, ".gz"))) {
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

bool contains(const std::vector<OpenLog>& chain, const OpenLog& log) {
  return std::any_of(chain.begin(), chain.end(),
                     [&](const OpenLog& other) { return same_inode(other, log); });
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

Result<LogHead> read_head(const ReadableFile& file) {
  std::string bytes;
  for (const auto size : {kShortHead, kLongestHead}) {
    bytes.resize(size);
    const auto count = file.read_at(0, bytes.data(), size);
    if (!count) return count.error().within("reading the first line");
    bytes.resize(*count);
    const auto newline = bytes.find('\n');
    if (newline != std::string::npos) {
      const auto line = std::string_view{bytes}.substr(0, newline);
      const auto record = find_record(line);
      return LogHead{hash_of_head(line), record ? time_of_record(line.substr(*record)) : std::nullopt};
    }
    if (*count < size) return LogHead{0, time_of_record(bytes)};
  }
  return LogHead{hash_of_head(bytes), std::nullopt};
}

Result<OpenLog> open_log(const std::filesystem::path& path) {
  auto file = ReadableFile::open(path);
  if (!file) return file.error();
  const auto status = file->status();
  if (!status) return status.error().within(path.string());
  const auto head = read_head(*file);
  if (!head) return head.error().within(path.string());
  return OpenLog{std::move(*file), {{status->device, status->inode, head->hash}, status->size}};
}

Result<std::vector<OpenLog>> open_chain(const std::filesystem::path& live) {
  auto chain = look_at_chain(live);
  if (!chain) return chain;
  drop_doubles(*chain);
  for (int looks = 1; looks < kMostLooks; ++looks) {
    auto again = look_at_chain(live);
    if (!again) return again;
    drop_doubles(*again);
    const bool settled = agree(*chain, *again);
    chain = merged(std::move(*chain), std::move(*again));
    if (settled) break;
  }
  return chain;
}

std::uint64_t compressed_bytes(const std::filesystem::path& live) {
  std::uint64_t sum = 0;
  for (int number = 1; number < kMostFiles; ++number) {
    const auto file = ReadableFile::open(with_suffix(live, number, ".gz"));
    if (!file && !file_status(with_suffix(live, number))) break;
    const auto status = file ? file->status() : Result<FileStatus>{file.error()};
    unsigned char trailer[4] = {};
    if (!status || status->size < sizeof trailer) continue;
    const auto count =
        file->read_at(status->size - sizeof trailer, reinterpret_cast<char*>(trailer), sizeof trailer);
    if (!count || *count != sizeof trailer) continue;
    sum += trailer[0] | trailer[1] << 8U | trailer[2] << 16U | static_cast<std::uint64_t>(trailer[3]) << 24U;
  }
  return sum;
}

}  // namespace hakoban
