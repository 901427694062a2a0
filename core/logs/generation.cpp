#include "core/logs/generation.h"

#include <algorithm>
#include <charconv>

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace hakoban {
namespace {

constexpr std::string_view kNoTime = "00000000T000000.000000000Z";

std::string format_name(TimePoint time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  return fmt::format("{:%Y%m%dT%H%M%S}.{:09}Z", fmt::gmtime(seconds.time_since_epoch().count()),
                     (time - seconds).count());
}

std::string_view base_of(std::string_view name) {
  return name.substr(0, kNoTime.size());
}

std::uint64_t ordinal_of(std::string_view name) {
  std::uint64_t ordinal = 1;
  if (name.size() > kNoTime.size() + 1)
    std::from_chars(name.data() + kNoTime.size() + 1, name.data() + name.size(), ordinal);
  return ordinal;
}

using Same = bool (*)(const FileIdentity& known, const FoundFile& file);

bool same_file(const FileIdentity& known, const FoundFile& file) {
  const auto& found = file.identity;
  return known.device == found.device && known.inode == found.inode &&
         (known.head == found.head || known.head == 0);
}

bool same_head(const FileIdentity& known, const FoundFile& file) {
  return known.head != 0 && known.head == file.identity.head;
}

bool same_compressed(const FileIdentity& known, const FoundFile& file) {
  return file.compressed && same_head(known, file);
}

// Finds for each file not matched yet a generation not matched yet.
void match_by(Same same, const std::vector<KnownGeneration>& known, const std::vector<FoundFile>& found,
              std::vector<bool>& taken, std::vector<ChainMatch>& matches) {
  for (std::size_t i = 0; i < found.size(); ++i) {
    for (std::size_t k = 0; k < known.size() && matches[i].kind != ChainMatch::Kind::known; ++k) {
      if (taken[k] || !same(known[k].identity, found[i]) || found[i].size < known[k].planned) continue;
      taken[k] = true;
      matches[i] = {ChainMatch::Kind::known, k};
    }
  }
}

}  // namespace

std::uint64_t hash_of_head(std::string_view first_line) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : first_line) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return hash == 0 ? 1 : hash;
}

std::string generation_name(std::optional<TimePoint> first_record, std::string_view previous) {
  auto name = first_record       ? format_name(*first_record)
              : previous.empty() ? std::string{kNoTime}
                                 : std::string{base_of(previous)};
  if (name != base_of(previous)) return name;
  return fmt::format("{}.{}", name, ordinal_of(previous) + 1);
}

std::vector<ChainMatch> match_chain(const std::vector<KnownGeneration>& known,
                                    const std::vector<FoundFile>& found, bool kept_open) {
  std::vector<ChainMatch> matches(found.size());
  std::vector<bool> taken(known.size(), false);
  match_by(same_file, known, found, taken, matches);
  match_by(kept_open ? same_compressed : same_head, known, found, taken, matches);

  std::size_t newer_from = 0;  // files before it are older than one that is known
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (matches[i].kind == ChainMatch::Kind::known) newer_from = i;
  }
  for (std::size_t i = 0; i < newer_from; ++i) {
    if (matches[i].kind != ChainMatch::Kind::known) matches[i].kind = ChainMatch::Kind::stored;
  }
  return matches;
}

}  // namespace hakoban
