#include "collectors/spool/spool.h"

#include <utility>

#include "collectors/spool/spool_places.h"
#include "platform/log.h"

namespace hakoban {

Spool::Spool(const Latest<HostView>& hosts, const Clock& clock, prometheus::Registry& registry,
             SpoolConfig config)
    : hosts_(hosts),
      clock_(clock),
      config_(std::move(config)),
      spooled_bytes_(prometheus::BuildGauge()
                         .Name("hakoban_logs_spooled_bytes")
                         .Help("Bytes in the spool of logs that no file of Docker's backs.")
                         .Register(registry)
                         .Add({})),
      failures_(prometheus::BuildCounter()
                    .Name("hakoban_logs_spool_failures_total")
                    .Help("Writes, rotations and deletions in the spool that failed.")
                    .Register(registry)
                    .Add({})) {}

Spool::~Spool() = default;

Result<void> Spool::open() {
  std::error_code failure;
  std::filesystem::create_directories(config_.folder, failure);
  if (failure) return Error{Errc::denied, config_.folder.string() + ": " + failure.message()};
  for (const auto& folder : std::filesystem::directory_iterator{config_.folder, failure}) {
    if (!folder.is_directory(failure)) continue;
    if (const auto entry = entry_of(folder.path().filename().string()); !entry) complain(entry.error());
  }
  if (failure) return Error{Errc::unavailable, config_.folder.string() + ": " + failure.message()};
  maintain();
  return {};
}

std::shared_ptr<Spool::Entry> Spool::find(const std::string& id) const {
  const std::lock_guard lock{mutex_};
  const auto found = logs_.find(id);
  return found == logs_.end() ? nullptr : found->second;
}

Result<std::shared_ptr<Spool::Entry>> Spool::entry_of(const std::string& id) {
  if (auto entry = find(id)) return entry;
  auto log = SpoolLog::open(config_.folder / id, id);
  if (!log) return log.error();
  const std::lock_guard lock{mutex_};
  auto& slot = logs_[id];
  if (!slot) {
    slot = std::make_shared<Entry>(std::move(*log));
    slot->written = slot->begun = clock_.steady();
    ++changes_;
  }
  return slot;
}

Result<void> Spool::append(const std::string& id, std::string_view lines, std::string_view mark) {
  {
    const std::lock_guard lock{mutex_};
    if (bytes_ >= config_.max_bytes)
      return Error{Errc::throttled, "the spool is full: it waits for the store"};
  }
  for (;;) {
    const auto entry = entry_of(id);
    if (!entry) {
      complain(entry.error());
      return entry.error();
    }
    const std::lock_guard writing{(*entry)->writing};
    if ((*entry)->gone) continue;  // forgotten meanwhile: it begins anew
    auto& log = (*entry)->log;
    if (log.live_bytes() == 0) (*entry)->begun = clock_.steady();
    const auto before = log.bytes();
    auto appended = log.append(lines, mark);
    (*entry)->written = clock_.steady();
    if (!appended) complain(appended.error());
    if (appended && log.live_bytes() >= config_.rotate_bytes) rotate_if_due(id, **entry, true);
    const std::lock_guard lock{mutex_};
    bytes_ += log.bytes() - before;
    failing_ = failing_ && !appended;
    return appended;
  }
}

Result<void> Spool::sync(const std::string& id) {
  const auto entry = find(id);
  if (!entry) return {};
  const std::lock_guard writing{entry->writing};
  auto synced = entry->log.sync();
  if (!synced) complain(synced.error());
  return synced;
}

std::string Spool::last_mark(const std::string& id) const {
  const auto entry = find(id);
  if (!entry) return {};
  const std::lock_guard writing{entry->writing};
  return entry->log.last_mark();
}

bool Spool::has_mark(const std::string& id, std::string_view mark) const {
  const auto entry = find(id);
  if (!entry) return false;
  const std::lock_guard writing{entry->writing};
  return entry->log.has_mark(mark);
}

std::string Spool::unmarked_lines(const std::string& id) const {
  const auto entry = find(id);
  if (!entry) return {};
  const std::lock_guard writing{entry->writing};
  return entry->log.unmarked_lines();
}

void Spool::complain(const Error& error) {
  failures_.Increment();
  const std::lock_guard lock{mutex_};
  if (!std::exchange(failing_, true)) log::warn("spool of logs fails, it is tried again", {{"error", error}});
}

void Spool::maintain() {
  delete_stored();
  std::vector<std::pair<std::string, std::shared_ptr<Entry>>> entries;
  bool full = false;
  {
    const std::lock_guard lock{mutex_};
    entries.assign(logs_.begin(), logs_.end());
    full = bytes_ >= config_.max_bytes / 2;
  }
  std::uint64_t sum = 0;
  for (const auto& [id, entry] : entries) {
    const std::lock_guard writing{entry->writing};
    rotate_if_due(id, *entry, full);
    entry->gone = entry->gone || forget_if_done(id, *entry);
    if (!entry->gone) sum += entry->log.bytes();
    if (!entry->gone) continue;
    const std::lock_guard lock{mutex_};
    logs_.erase(id);
    ++changes_;
  }
  spooled_bytes_.Set(static_cast<double>(sum));
  const std::lock_guard lock{mutex_};
  bytes_ = sum;
}

void Spool::rotate_if_due(const std::string& id, Entry& entry, bool full) {
  auto& log = entry.log;
  if (log.live_bytes() == 0) return;
  const auto now = clock_.steady();
  if (!full && now - entry.begun < config_.rotate_age) return;
  entry.begun = now;
  if (const auto rotated = log.rotate(); !rotated) complain(rotated.error().within("log " + id));
}

// Nobody writes to it, and every file with anything in it is stored and deleted.
bool Spool::forget_if_done(const std::string& id, Entry& entry) {
  if (entry.log.bytes() > 0 || clock_.steady() - entry.written < config_.forget_after) return false;
  if (keeps_for_ever(id)) return false;
  std::error_code failure;
  std::filesystem::remove_all(entry.log.folder(), failure);
  if (failure) complain({Errc::unavailable, entry.log.folder().string() + ": " + failure.message()});
  return !failure;
}

void Spool::delete_stored() {
  std::vector<Stored> stored;
  {
    const std::lock_guard lock{mutex_};
    stored.swap(stored_);
  }
  for (const auto& each : stored) {
    const auto entry = find(each.id);
    if (!entry) continue;
    const std::lock_guard writing{entry->writing};
    if (const auto dropped = entry->log.drop_through(each.inode); !dropped) complain(dropped.error());
  }
}

// Deleting may take long on a busy disk: maintain() does it.
void Spool::generation_stored(const std::string& id, const FileIdentity& file) {
  const std::lock_guard lock{mutex_};
  if (logs_.contains(id)) stored_.push_back({id, file.inode});
}

std::uint64_t Spool::version() const {
  const std::lock_guard lock{mutex_};
  return changes_ + hosts_.version();
}

std::vector<FollowedLog> Spool::logs() const {
  const auto view = hosts_.get();
  std::vector<FollowedLog> found;
  const std::lock_guard lock{mutex_};
  for (const auto& [id, entry] : logs_)
    found.push_back(spooled_log(id, entry->log.live().string(), *view, config_.host_name));
  return found;
}

}  // namespace hakoban
