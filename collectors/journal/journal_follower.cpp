#include "collectors/journal/journal_follower.h"

#include <algorithm>
#include <set>
#include <utility>

#include "collectors/spool/spool_places.h"
#include "platform/files.h"
#include "platform/log.h"

namespace hakoban {
namespace {

constexpr std::size_t kBatchEntries = 1000;
// What the last batch of an earlier process may have spooled stands within the first of the next one.
constexpr std::size_t kFirstBatchEntries = 4 * kBatchEntries;
constexpr Duration kPauseWhenFull = 1s;
// A line that a container left without its end.
constexpr int kTurnsForAPiece = 5;

prometheus::Counter& counter(prometheus::Registry& registry, const std::string& name,
                             const std::string& help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry).Add({});
}

}  // namespace

JournalFollower::JournalFollower(JournalSource& source, Spool& spool, const Clock& clock,
                                 prometheus::Registry& registry, JournalConfig config)
    : source_(source),
      spool_(spool),
      clock_(clock),
      config_(std::move(config)),
      entries_(
          counter(registry, "hakoban_journal_entries_total", "Entries of the journal that were spooled.")),
      gaps_(counter(registry, "hakoban_journal_gaps_total",
                    "Times that the journal had deleted the entry that reading should go on after.")),
      failures_(counter(registry, "hakoban_journal_failures_total", "Failed reads of the journal.")) {}

void JournalFollower::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    const auto got = turn();
    if (!got && got.error().code == Errc::throttled) {
      clock_.sleep(kPauseWhenFull, stop);
    } else if (!got) {
      complain(got.error());
      journal_.reset();
      clock_.sleep(config_.retry_pause, stop);
    } else if (*got == 0) {
      journal_->wait(config_.patience, stop);
    }
  }
  // What was written until now, as far as it is one batch.
  if (journal_) (void)turn();
}

Result<std::size_t> JournalFollower::turn() {
  if (!journal_) {
    if (auto opened = open(); !opened) return opened.error();
  }
  if (ready_ == 0) {
    if (auto read = read_batch(); !read) return read.error();
  }
  const auto entries = ready_;
  if (entries == 0) return entries;
  if (auto spooled = spool_batch(); !spooled) return spooled.error();
  if (std::exchange(failing_, false)) log::info("the journal is read again");
  return entries;
}

Result<void> JournalFollower::open() {
  auto opened = source_.open({config_.units, config_.containers});
  if (!opened) return opened.error();
  batch_.clear();
  open_.clear();
  ready_ = 0;
  first_batch_ = true;
  const auto position = read_file(config_.position_file);
  if (!position && position.error().code != Errc::not_found) return position.error();
  if (!position) {
    if (auto sought = (*opened)->seek_since(clock_.now() - config_.since); !sought) return sought;
  } else {
    const auto found = (*opened)->seek_after(*position);
    if (!found) return found.error();
    if (!*found) {
      gaps_.Increment();
      log::warn("the journal has a gap: the entry that was read last is gone from it");
    }
  }
  journal_ = std::move(*opened);
  return {};
}

Result<void> JournalFollower::read_batch() {
  const auto had = batch_.size();
  const auto most = had + (first_batch_ ? kFirstBatchEntries : kBatchEntries);
  while (batch_.size() < most) {
    auto record = journal_->next();
    if (!record) return record.error();
    if (!*record) break;
    batch_.push_back(line_of(**record));
  }
  if (std::exchange(first_batch_, false)) leave_out_what_is_there();
  ready_ = whole_lines(batch_.size() > had);
  return {};
}

// Up to the first piece of a line that is still open. A line whose end does not come, or is far, is not
// waited for.
std::size_t JournalFollower::whole_lines(bool read_any) {
  idle_turns_ = read_any ? 0 : idle_turns_ + 1;
  std::map<std::string, std::size_t> begun;
  for (std::size_t i = 0; i < batch_.size(); ++i) {
    const auto& line = batch_[i];
    if (line.stream.empty()) continue;
    if (line.ends) {
      begun.erase(line.stream);
    } else {
      begun.try_emplace(line.stream, i);
    }
  }
  std::size_t whole = batch_.size();
  for (const auto& [stream, at] : begun) whole = std::min(whole, at);
  if (idle_turns_ < kTurnsForAPiece && (whole > 0 || batch_.size() < kFirstBatchEntries)) return whole;
  open_.clear();
  return batch_.size();
}

// The pieces of a line arrive one after the other, and are known to belong together by their time.
void JournalFollower::date_as_first_piece(const std::string& stream, LogRecord& record) {
  const auto open = open_.find(stream);
  if (open != open_.end()) {
    record.time = open->second;
    if (record.ends_line) open_.erase(open);
  } else if (!record.ends_line) {
    open_[stream] = record.time;
  }
}

JournalFollower::Line JournalFollower::line_of(const JournalRecord& record) {
  Line line;
  line.cursor = record.cursor;
  const auto container = container_of(record.entry);
  if (config_.containers && !container.empty()) {
    line.log = container;
    auto said = container_record(record.entry);
    line.stream = line.log + "/" + std::string{said.stream};
    line.ends = said.ends_line;
    date_as_first_piece(line.stream, said);
    append_record(line.text, said);
    return line;
  }
  const auto unit = unit_of(record.entry);
  if (!container.empty() ||
      std::find(config_.units.begin(), config_.units.end(), unit) == config_.units.end())
    return line;
  line.log = unit_log_id(unit);
  append_record(line.text, unit_record(record.entry));
  return line;
}

// Entries up to the one that a log has its mark from are in that log.
void JournalFollower::leave_out_what_is_there() {
  std::map<std::string, std::string> marks;
  std::set<std::string> there;  // logs whose mark was met, going back
  for (const auto& line : batch_) {
    if (!line.log.empty() && !marks.contains(line.log)) marks[line.log] = spool_.last_mark(line.log);
  }
  for (auto line = batch_.rbegin(); line != batch_.rend(); ++line) {
    if (line->log.empty()) continue;
    if (line->cursor == marks[line->log]) there.insert(line->log);
    if (there.contains(line->log)) line->text.clear();
  }
}

Result<void> JournalFollower::spool_batch() {
  struct Part {
    std::string lines;
    std::string cursor;
  };
  std::map<std::string, Part> parts;
  for (std::size_t i = 0; i < ready_; ++i) {
    const auto& line = batch_[i];
    if (line.text.empty()) continue;
    auto& part = parts[line.log];
    part.lines += line.text;
    part.cursor = line.cursor;
  }
  for (const auto& [log, part] : parts) {
    // A batch that was spooled in part only is handed in again as it was.
    if (spool_.last_mark(log) == part.cursor) continue;
    if (auto appended = spool_.append(log, part.lines, part.cursor); !appended) return appended;
    if (auto synced = spool_.sync(log); !synced) return synced;
  }
  if (auto saved = replace_file(config_.position_file, batch_[ready_ - 1].cursor); !saved) return saved;
  entries_.Increment(static_cast<double>(ready_));
  batch_.erase(batch_.begin(), batch_.begin() + static_cast<std::ptrdiff_t>(ready_));
  ready_ = 0;
  return {};
}

void JournalFollower::complain(const Error& error) {
  failures_.Increment();
  if (!std::exchange(failing_, true))
    log::warn("the journal cannot be read, it is tried again", {{"error", error}});
}

}  // namespace hakoban
