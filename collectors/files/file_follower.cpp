#include "collectors/files/file_follower.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <utility>

#include <fmt/format.h>

#include "collectors/spool/spool_places.h"
#include "core/logs/json_record.h"
#include "core/logs/line_time.h"
#include "core/logs/log_record.h"
#include "platform/log.h"

namespace hakoban {
namespace {

constexpr std::size_t kBatchBytes = 256 << 10;  // a line that is longer is cut

struct Place {
  std::uint64_t inode = 0;
  std::uint64_t offset = 0;
};

std::string mark_of(const Place& place) {
  return fmt::format("{}:{}", place.inode, place.offset);
}

std::optional<Place> place_of(std::string_view mark) {
  Place place;
  const auto* end = mark.data() + mark.size();
  const auto inode = std::from_chars(mark.data(), end, place.inode);
  if (inode.ec != std::errc{} || inode.ptr == end || *inode.ptr != ':') return std::nullopt;
  const auto offset = std::from_chars(inode.ptr + 1, end, place.offset);
  if (offset.ec != std::errc{} || offset.ptr != end) return std::nullopt;
  return place;
}

// Where a rotated file went: renamed within its folder.
std::optional<std::filesystem::path> find_inode(const std::filesystem::path& folder, std::uint64_t inode) {
  std::error_code failure;
  for (const auto& entry : std::filesystem::directory_iterator{folder, failure}) {
    const auto status = file_status(entry.path());
    if (status && status->inode == inode && entry.is_regular_file(failure)) return entry.path();
  }
  return std::nullopt;
}

prometheus::Counter& counter(prometheus::Registry& registry, const std::string& name,
                             const std::string& help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry).Add({});
}

}  // namespace

FileFollower::FileFollower(Spool& spool, const Clock& clock, prometheus::Registry& registry,
                           FileFollowerConfig config)
    : spool_(spool),
      clock_(clock),
      config_(std::move(config)),
      gaps_(counter(registry, "hakoban_host_files_gaps_total",
                    "Times that a file of the host was truncated or deleted before it was read.")),
      failures_(
          counter(registry, "hakoban_host_files_failures_total", "Failed reads of files of the host.")) {
  for (const auto& path : config_.paths) {
    Followed followed;
    followed.path = path;
    followed.log = unit_log_id(std::filesystem::path{path}.filename().string());
    files_.push_back(std::move(followed));
  }
}

void FileFollower::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    turn();
    clock_.sleep(config_.interval, stop);
  }
  turn();
}

void FileFollower::turn() {
  for (auto& followed : files_) follow(followed);
}

void FileFollower::follow(Followed& followed) {
  auto done = followed.begun ? Result<void>{} : begin(followed);
  if (done) done = reopen(followed);
  if (done && followed.file) {
    const auto read = read_on(followed, false);
    if (!read) done = read.error();
  }
  const bool waits = !done && (done.error().code == Errc::throttled || done.error().code == Errc::not_found);
  if (done) followed.failing = false;
  if (done || waits) return;
  failures_.Increment();
  if (!std::exchange(followed.failing, true))
    log::warn("log file of the host cannot be read, it is tried again",
              {{"file", followed.path}, {"error", done.error()}});
}

// Goes on where an earlier process ended.
Result<void> FileFollower::begin(Followed& followed) {
  const auto place = place_of(spool_.last_mark(followed.log));
  if (place) {
    const auto path = find_inode(std::filesystem::path{followed.path}.parent_path(), place->inode);
    if (path) {
      auto opened = ReadableFile::open(*path);
      if (!opened) return opened.error();
      followed.file.emplace(std::move(*opened));
      followed.inode = place->inode;
      followed.offset = place->offset;
    } else {
      gap(followed, "deleted while nobody read");
    }
  }
  followed.begun = true;
  return {};
}

// Sees rotations and truncations.
Result<void> FileFollower::reopen(Followed& followed) {
  const auto now = file_status(followed.path);
  if (!now && now.error().code != Errc::not_found) return now.error();
  if (followed.file) {
    const auto status = followed.file->status();
    if (!status) return status.error();
    if (status->size < followed.offset) {
      gap(followed, "truncated");
      followed.offset = 0;
    }
    if (!now || now->inode == followed.inode) return {};
    for (bool rest = true; rest;) {
      const auto read = read_on(followed, true);
      if (!read) return read.error();
      rest = !*read;
    }
  }
  if (!now) return {};
  auto opened = ReadableFile::open(followed.path);
  if (!opened) return opened.error();
  const auto status = opened->status();
  if (!status) return status.error();
  followed.file.emplace(std::move(*opened));
  followed.inode = status->inode;
  followed.offset = 0;
  return {};
}

Result<bool> FileFollower::read_on(Followed& followed, bool last) {
  for (;;) {
    std::string bytes(kBatchBytes, '\0');
    const auto count = followed.file->read_at(followed.offset, bytes.data(), bytes.size());
    if (!count) return count.error();
    bytes.resize(*count);
    const bool full = bytes.size() == kBatchBytes;
    auto lines = bytes.rfind('\n') + 1;
    if (lines == 0 && (full || last)) lines = bytes.size();
    if (!full && last) lines = bytes.size();
    if (lines == 0) return true;
    const Place end{followed.inode, followed.offset + lines};
    const auto records = records_of(followed, std::string_view{bytes}.substr(0, lines));
    if (auto spooled = spool_.append(followed.log, records, mark_of(end)); !spooled) return spooled.error();
    if (auto synced = spool_.sync(followed.log); !synced) return synced.error();
    followed.offset = end.offset;
    if (!full) return true;
  }
}

std::string FileFollower::records_of(const Followed& followed, std::string_view lines) const {
  auto read_at = clock_.now();
  // A batch that a crash cut short is read again, and has to become the same records.
  if (const auto cut = spool_.unmarked_lines(followed.log); !cut.empty())
    read_at = time_of_record(std::string_view{cut}.substr(0, cut.find('\n'))).value_or(read_at);
  std::string records;
  auto time = read_at;
  for (std::size_t at = 0; at < lines.size();) {
    const auto end = std::min(lines.find('\n', at), lines.size());
    LogRecord record;
    record.text = lines.substr(at, end - at);
    record.stream = "file";
    // A line without its own, such as one of a stack trace, belongs to the one before.
    time = time_in_line(record.text).value_or(time);
    record.time = time;
    append_record(records, record);
    at = end + 1;
  }
  return records;
}

void FileFollower::gap(Followed& followed, std::string_view why) {
  gaps_.Increment();
  log::warn("log file of the host has a gap", {{"file", followed.path}, {"why", why}});
}

}  // namespace hakoban
