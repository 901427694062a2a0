#include "platform/system_journal.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <systemd/sd-journal.h>

#include "platform/pulse.h"

namespace hakoban {
namespace {

// sd_journal_wait knows no stop token.
constexpr Duration kSlice = 250ms;

Error failure(int code, std::string_view doing) {
  const auto errc = code == -ENOENT                     ? Errc::not_found
                    : code == -EACCES || code == -EPERM ? Errc::denied
                                                        : Errc::unavailable;
  return {errc, fmt::format("{}: {}", doing, std::strerror(-code))};
}

class SdJournal final : public Journal {
 public:
  explicit SdJournal(sd_journal* journal) : journal_(journal) {}
  ~SdJournal() override { sd_journal_close(journal_); }
  SdJournal(const SdJournal&) = delete;
  SdJournal& operator=(const SdJournal&) = delete;

  [[nodiscard]] Result<bool> seek_after(const std::string& cursor) override {
    if (const int code = sd_journal_seek_cursor(journal_, cursor.c_str()); code < 0)
      return failure(code, "seeking in the journal");
    const int moved = sd_journal_next(journal_);
    if (moved < 0) return failure(moved, "reading the journal");
    if (moved == 0) return false;
    if (sd_journal_test_cursor(journal_, cursor.c_str()) > 0) return true;
    // The nearest was not read yet.
    at_unread_ = true;
    return false;
  }

  [[nodiscard]] Result<void> seek_since(TimePoint since) override {
    const auto us = std::chrono::floor<std::chrono::microseconds>(since.time_since_epoch()).count();
    const int code =
        sd_journal_seek_realtime_usec(journal_, static_cast<std::uint64_t>(std::max<std::int64_t>(us, 0)));
    if (code < 0) return failure(code, "seeking in the journal");
    return {};
  }

  [[nodiscard]] Result<std::optional<JournalRecord>> next() override {
    if (!std::exchange(at_unread_, false)) {
      const int moved = sd_journal_next(journal_);
      if (moved < 0) return failure(moved, "reading the journal");
      if (moved == 0) return std::optional<JournalRecord>{};
    }
    JournalRecord record;
    char* cursor = nullptr;
    if (const int code = sd_journal_get_cursor(journal_, &cursor); code < 0)
      return failure(code, "reading a cursor of the journal");
    record.cursor = cursor;
    std::free(cursor);  // NOLINT(cppcoreguidelines-no-malloc): libsystemd's own
    if (const int code = sd_journal_get_realtime_usec(journal_, &record.entry.realtime_us); code < 0)
      return failure(code, "reading a time of the journal");
    read_fields(record.entry);
    return std::optional{std::move(record)};
  }

  void wait(Duration patience, const std::stop_token& stop) override {
    const Idle idle;
    for (auto left = patience; left > Duration{0} && !stop.stop_requested(); left -= kSlice) {
      const auto slice = std::chrono::ceil<std::chrono::microseconds>(std::min(left, kSlice)).count();
      if (sd_journal_wait(journal_, static_cast<std::uint64_t>(slice)) != SD_JOURNAL_NOP) return;
    }
  }

 private:
  // A field that cannot be read (a damaged file) is not there.
  void read_fields(JournalEntry& entry) {
    const void* data = nullptr;
    std::size_t size = 0;
    sd_journal_restart_data(journal_);
    while (sd_journal_enumerate_available_data(journal_, &data, &size) > 0) {
      const std::string_view field{static_cast<const char*>(data), size};
      const auto equals = field.find('=');
      if (equals != std::string_view::npos)
        entry.fields.emplace_back(field.substr(0, equals), field.substr(equals + 1));
    }
  }

  sd_journal* const journal_;
  bool at_unread_ = false;
};

// What a unit said, what systemd said about it, and the kernel; any of them.
int add_units(sd_journal* journal, const JournalFilter& filter) {
  const auto match = [&](const std::string& text) {
    return sd_journal_add_match(journal, text.data(), text.size());
  };
  for (const auto& unit : filter.units) {
    int code = 0;
    if (unit == "kernel") {
      code = match("_TRANSPORT=kernel");
    } else {
      const auto full = unit.find('.') == std::string::npos ? unit + ".service" : unit;
      code = match("_SYSTEMD_UNIT=" + full);
      if (code >= 0) code = sd_journal_add_disjunction(journal);
      if (code >= 0) code = match("_PID=1");
      if (code >= 0) code = match("UNIT=" + full);
    }
    if (code >= 0) code = sd_journal_add_disjunction(journal);
    if (code < 0) return code;
  }
  return 0;
}

}  // namespace

Result<std::unique_ptr<Journal>> SystemJournal::open(const JournalFilter& filter) {
  sd_journal* opened = nullptr;
  const int code = folder_.empty() ? sd_journal_open(&opened, SD_JOURNAL_LOCAL_ONLY | SD_JOURNAL_SYSTEM)
                                   : sd_journal_open_directory(&opened, folder_.c_str(), 0);
  if (code < 0) return failure(code, "opening the journal " + folder_.string());
  auto journal = std::make_unique<SdJournal>(opened);
  sd_journal_set_data_threshold(opened, 0);  // long lines are whole lines
  // Containers are told by a field that any process may have: everything is looked at then.
  if (!filter.containers) {
    if (const int added = add_units(opened, filter); added < 0)
      return failure(added, "choosing units of the journal");
  }
  return journal;
}

}  // namespace hakoban
