#include "collectors/spool/spool_log.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include <fmt/format.h>

#include "platform/files.h"

namespace hakoban {
namespace {

// More than any batch has.
constexpr std::uint64_t kLongestBatch = 64 << 20;

std::filesystem::path numbered(const std::filesystem::path& live, std::size_t number) {
  return live.string() + "." + std::to_string(number);
}

Error of_file(const std::error_code& failure, std::string_view doing, const std::filesystem::path& path) {
  return {Errc::unavailable, fmt::format("{} {}: {}", doing, path.string(), failure.message())};
}

struct MarkLine {
  std::uint64_t inode = 0;
  std::uint64_t end = 0;
  std::string mark;
};

// A mark may hold any byte but is one word of a line.
std::string escaped(std::string_view mark) {
  std::string out;
  for (const char c : mark) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte > 0x20 && byte < 0x7f && c != '%') {
      out += c;
    } else {
      out += fmt::format("%{:02x}", byte);
    }
  }
  return out;
}

std::string unescaped(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    unsigned byte = 0;
    const auto* digits = text.data() + at + 1;
    if (text[at] == '%' && at + 2 < text.size() &&
        std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2) {
      out += static_cast<char>(byte);
      at += 2;
    } else {
      out += text[at];
    }
  }
  return out;
}

std::string mark_line(std::uint64_t inode, std::uint64_t end, std::string_view mark) {
  return fmt::format("{} {} {}\n", inode, end, escaped(mark));
}

std::optional<MarkLine> parse_mark(std::string_view line) {
  MarkLine found;
  const auto* end = line.data() + line.size();
  const auto inode = std::from_chars(line.data(), end, found.inode);
  if (inode.ec != std::errc{} || inode.ptr == end || *inode.ptr != ' ') return std::nullopt;
  const auto offset = std::from_chars(inode.ptr + 1, end, found.end);
  if (offset.ec != std::errc{} || offset.ptr == end || *offset.ptr != ' ') return std::nullopt;
  found.mark = unescaped({offset.ptr + 1, end});
  return found;
}

// The whole ones; the file may end within a line.
std::vector<MarkLine> marks_in(std::string_view text) {
  std::vector<MarkLine> found;
  for (auto end = text.find('\n'); end != std::string_view::npos; end = text.find('\n')) {
    if (auto mark = parse_mark(text.substr(0, end))) found.push_back(std::move(*mark));
    text.remove_prefix(end + 1);
  }
  return found;
}

}  // namespace

SpoolLog::SpoolLog(std::filesystem::path folder, std::filesystem::path live, AppendFile data,
                   AppendFile marks)
    : folder_(std::move(folder)), live_(std::move(live)), data_(std::move(data)), marks_(std::move(marks)) {}

Result<SpoolLog> SpoolLog::open(std::filesystem::path folder, const std::string& id) {
  std::error_code failure;
  std::filesystem::create_directories(folder, failure);
  if (failure) return of_file(failure, "making the folder", folder);
  auto live = folder / (id + "-json.log");
  auto data = AppendFile::open(live, 0640);
  if (!data) return data.error();
  auto marks = AppendFile::open(folder / "marks");
  if (!marks) return marks.error();
  SpoolLog log{std::move(folder), std::move(live), std::move(*data), std::move(*marks)};
  if (auto recovered = log.recover(); !recovered) return recovered.error();
  return log;
}

Result<void> SpoolLog::recover() {
  const auto status = data_.status();
  if (!status) return status.error();
  inode_ = status->inode;
  size_ = status->size;
  for (const auto& path : rotated_files()) {
    std::error_code failure;
    const auto size = std::filesystem::file_size(path, failure);
    rotated_bytes_ += failure ? 0 : size;
  }
  const auto text = read_file(folder_ / "marks");
  if (!text) return text.error();
  const auto marks = marks_in(*text);
  for (const auto& mark : marks) remember(mark.mark);
  const auto last = marks.empty() ? MarkLine{} : marks.back();
  mark_torn_ = !text->empty() && !text->ends_with('\n');
  unmarked_ = text_from(last.inode == inode_ ? std::min(last.end, size_) : 0);
  // Without marks there are no batches that could come again; half a line is all that matters then.
  if (marks.empty()) unmarked_.erase(0, unmarked_.rfind('\n') + 1);
  return {};
}

// The end of the file; what is longer than any batch is cut at its front.
std::string SpoolLog::text_from(std::uint64_t from) const {
  const auto file = ReadableFile::open(live_);
  if (!file || from >= size_) return {};
  std::string text(std::min(size_ - from, kLongestBatch), '\0');
  const auto got = file->read_at(size_ - text.size(), text.data(), text.size());
  if (!got || *got != text.size()) return {};
  return text;
}

// Goes on after what is there of the same lines already.
Result<void> SpoolLog::write(std::string_view lines) {
  const auto before = size_;
  auto written = Result<void>{};
  if (lines.starts_with(unmarked_)) {
    lines.remove_prefix(unmarked_.size());
  } else if (!unmarked_.ends_with('\n')) {
    // Half a line of a batch that does not come again: every reader of records leaves it out.
    written = data_.append("\n");
    if (written) ++size_;
    unmarked_.clear();
  } else {
    unmarked_.clear();
  }
  if (written) written = data_.append(lines);
  if (written) {
    size_ += lines.size();
    return {};
  }
  const auto status = data_.status();
  if (!status) return status.error();
  size_ = status->size;
  if (size_ > before) unmarked_ += text_from(before);
  if (unmarked_.starts_with('\n')) unmarked_.erase(0, 1);
  return written.error().within(live_.string());
}

Result<void> SpoolLog::commit(std::string_view mark, std::uint64_t end) {
  const auto line = mark_line(inode_, end, mark);
  auto committed = marks_.append(mark_torn_ ? "\n" + line : line);
  mark_torn_ = !committed;
  if (!committed) return committed.error().within((folder_ / "marks").string());
  remember(std::string{mark});
  return {};
}

void SpoolLog::remember(std::string mark) {
  marks_seen_.push_back(std::move(mark));
  if (marks_seen_.size() > kMarksKept) marks_seen_.pop_front();
}

bool SpoolLog::has_mark(std::string_view mark) const {
  return std::find(marks_seen_.rbegin(), marks_seen_.rend(), mark) != marks_seen_.rend();
}

Result<void> SpoolLog::append(std::string_view lines, std::string_view mark) {
  if (!mark.empty() && unmarked_.size() > lines.size() && unmarked_.starts_with(lines)) {
    if (auto committed = commit(mark, size_ - (unmarked_.size() - lines.size())); !committed)
      return committed;
    unmarked_.erase(0, lines.size());
    return {};
  }
  if (auto written = write(lines); !written) return written;
  unmarked_.clear();
  if (mark.empty()) return {};
  auto committed = commit(mark, size_);
  if (!committed) unmarked_ = lines;
  return committed;
}

Result<void> SpoolLog::sync() {
  if (auto synced = data_.sync(); !synced) return synced.error().within(live_.string());
  return marks_.sync();
}

std::vector<std::filesystem::path> SpoolLog::rotated_files() const {
  std::vector<std::filesystem::path> found;
  std::error_code failure;
  for (std::size_t number = 1; std::filesystem::exists(numbered(live_, number), failure); ++number)
    found.push_back(numbered(live_, number));
  return found;
}

Result<void> SpoolLog::rotate() {
  if (size_ == 0) return {};
  std::error_code failure;
  for (auto number = rotated_files().size(); number > 0; --number) {
    std::filesystem::rename(numbered(live_, number), numbered(live_, number + 1), failure);
    if (failure) return of_file(failure, "renaming", numbered(live_, number));
  }
  std::filesystem::rename(live_, numbered(live_, 1), failure);
  if (failure) return of_file(failure, "renaming", live_);
  auto data = AppendFile::open(live_, 0640);
  if (!data) return data.error();
  const auto status = data->status();
  if (!status) return status.error();
  data_ = std::move(*data);
  inode_ = status->inode;
  rotated_bytes_ += std::exchange(size_, 0);
  mark_torn_ = false;
  unmarked_.clear();
  std::string lines;
  for (const auto& mark : marks_seen_) lines += mark_line(inode_, 0, mark);
  if (auto replaced = replace_file(folder_ / "marks", lines); !replaced) return replaced;
  auto marks = AppendFile::open(folder_ / "marks");
  if (!marks) return marks.error();
  marks_ = std::move(*marks);
  return {};
}

Result<void> SpoolLog::drop_through(std::uint64_t inode) {
  auto files = rotated_files();
  std::size_t first = 0;
  for (; first < files.size(); ++first) {
    const auto status = file_status(files[first]);
    if (status && status->inode == inode) break;
  }
  // The oldest first: a chain has no holes.
  while (files.size() > first) {
    const auto status = file_status(files.back());
    if (auto removed = remove_file(files.back()); !removed) return removed;
    if (status) rotated_bytes_ -= std::min(rotated_bytes_, status->size);
    files.pop_back();
  }
  return {};
}

}  // namespace hakoban
