#include "core/logs/journal_entry.h"

#include <algorithm>
#include <array>

namespace hakoban {
namespace {

constexpr std::string_view kService = ".service";

TimePoint received_at(const JournalEntry& entry) {
  constexpr std::uint64_t kLast = 9'000'000'000'000'000;  // the year 2255
  return TimePoint{std::chrono::microseconds{std::min(entry.realtime_us, kLast)}};
}

// Newer engines say when the container wrote it; the journal says when it arrived.
TimePoint written_at(const JournalEntry& entry) {
  const auto written = entry.field("SYSLOG_TIMESTAMP");
  if (written.empty()) return received_at(entry);
  const auto time = parse_rfc3339(written);
  return time ? *time : received_at(entry);
}

std::string_view without_newline(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  return text;
}

}  // namespace

std::string_view JournalEntry::field(std::string_view name) const {
  const auto found =
      std::find_if(fields.begin(), fields.end(), [&](const auto& each) { return each.first == name; });
  return found == fields.end() ? std::string_view{} : std::string_view{found->second};
}

bool is_container_id(std::string_view text) {
  constexpr std::size_t kDigits = 64;
  return text.size() == kDigits && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

std::string_view container_of(const JournalEntry& entry) {
  const auto id = entry.field("CONTAINER_ID_FULL");
  return is_container_id(id) ? id : std::string_view{};
}

std::string_view unit_of(const JournalEntry& entry) {
  if (entry.field("_TRANSPORT") == "kernel") return "kernel";
  auto unit = entry.field("_SYSTEMD_UNIT");
  // What systemd itself says about a unit: started, failed, killed for its memory.
  if (entry.field("_PID") == "1" && !entry.field("UNIT").empty()) unit = entry.field("UNIT");
  if (unit.ends_with(kService)) unit.remove_suffix(kService.size());
  return unit;
}

LogRecord container_record(const JournalEntry& entry) {
  LogRecord record;
  record.text = without_newline(entry.field("MESSAGE"));
  record.stream = entry.field("PRIORITY") == "3" ? "stderr" : "stdout";
  record.time = written_at(entry);
  record.ends_line =
      entry.field("CONTAINER_PARTIAL_MESSAGE") != "true" || entry.field("CONTAINER_PARTIAL_LAST") == "true";
  return record;
}

LogRecord unit_record(const JournalEntry& entry) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kAttributes{
      {{"SYSLOG_IDENTIFIER", "identifier"}, {"_PID", "pid"}, {"PRIORITY", "priority"}}};
  LogRecord record;
  record.text = without_newline(entry.field("MESSAGE"));
  record.stream = "journal";
  record.time = received_at(entry);
  for (const auto& [field, attribute] : kAttributes) {
    if (const auto value = entry.field(field); !value.empty())
      record.attributes.emplace_back(attribute, value);
  }
  return record;
}

}  // namespace hakoban
