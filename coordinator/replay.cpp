#include "coordinator/replay.h"

#include <algorithm>
#include <cstdio>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "coordinator/fleet_json.h"
#include "coordinator/policy_options.h"
#include "core/fleet/decide_size.h"
#include "platform/compression/gzip.h"
#include "platform/config/command_line.h"
#include "platform/files.h"

namespace hakoban {
namespace {

constexpr std::size_t kMostBytes = 512U << 20;

constexpr std::string_view kUsage =
    "hakoban-coordinator replay FILE... [--policy...=VALUE] [--config FILE]\n\n"
    "Decides recorded decisions again, under the policy they were recorded with or another, and tells what "
    "differs.\nExit code: 0 nothing differs, 1 something cannot be read, 3 something differs.\n\nSettings "
    "that "
    "replace recorded ones:\n";

struct ReplayArguments {
  std::vector<std::string> files;
  CommandLine line;
};

ReplayArguments split(std::span<const char* const> arguments) {
  ReplayArguments split;
  while (!arguments.empty() && !std::string_view{arguments.front()}.starts_with("-")) {
    split.files.emplace_back(arguments.front());
    arguments = arguments.subspan(1);
  }
  FleetPolicy policy;
  OptionTable table;
  add_policy_options(table, policy);
  split.line = read_command_line(arguments, table);
  return split;
}

// The recorded policy with the settings given in its place.
std::vector<std::string> replace(FleetPolicy& policy, const CommandLine& line) {
  OptionTable table;
  add_policy_options(table, policy);
  static constexpr const char* kNoEnvironment[] = {nullptr};
  const auto sources = gather_sources(line, kNoEnvironment);
  if (!sources) return {sources.error().what};
  return table.load(*sources);
}

Result<std::vector<DecisionRecord>> records_of(const std::string& file) {
  auto content = read_file(file, kMostBytes);
  if (!content) return content.error();
  auto records = read_records(*content);
  if (!records) return records.error().within(file);
  return records;
}

// How many differ; nothing when something cannot be read.
std::optional<std::size_t> replay(const std::string& file, const CommandLine& line, std::size_t& count) {
  const auto records = records_of(file);
  if (!records) {
    fmt::print(stderr, "{}\n", records.error().what);
    return std::nullopt;
  }
  std::size_t differing = 0;
  for (const auto& record : *records) {
    auto policy = record.policy;
    if (const auto problems = replace(policy, line); !problems.empty()) {
      fmt::print(stderr, "{}\n", fmt::join(problems, "\n"));
      return std::nullopt;
    }
    const auto found = differences(record.decision, decide_size(record.snapshot, policy, record.at));
    ++count;
    if (found.empty()) continue;
    ++differing;
    fmt::print("{} {}\n  {}\n", format_rfc3339(record.at), record.snapshot.cluster, fmt::join(found, "\n  "));
  }
  return differing;
}

}  // namespace

std::vector<std::string> lines_of(const FleetDecision& decision) {
  std::vector<std::string> lines;
  if (!decision.hold.empty()) lines.push_back("hold: " + decision.hold);
  for (const auto& pool : decision.pools) {
    const auto add = [&](std::string_view what, const std::vector<std::string>& list) {
      for (const auto& each : list) lines.push_back(fmt::format("{}: {} {}", pool.pool, what, each));
    };
    lines.push_back(fmt::format("{}: target {}", pool.pool, pool.target));
    add("undrain", pool.undrain);
    add("drain", pool.drain);
    add("terminate", pool.terminate);
    add("because", pool.reasons);
    add("bounded:", pool.limits);
    add("refused:", pool.refused);
  }
  for (const auto& each : decision.refused) lines.push_back("refused: " + each);
  for (const auto& each : decision.look_at) lines.push_back("look at " + each);
  return lines;
}

std::vector<std::string> differences(const FleetDecision& recorded, const FleetDecision& now) {
  const auto before = lines_of(recorded);
  const auto after = lines_of(now);
  std::vector<std::string> found;
  const auto missing_in = [&](const std::vector<std::string>& all, const std::vector<std::string>& from,
                              const char* sign) {
    for (const auto& line : all)
      if (std::find(from.begin(), from.end(), line) == from.end()) found.push_back(sign + line);
  };
  missing_in(before, after, "- ");
  missing_in(after, before, "+ ");
  return found;
}

Result<std::vector<DecisionRecord>> read_records(std::string_view content) {
  std::string unpacked;
  if (content.starts_with("\x1f\x8b")) {
    auto plain = gunzip(content, kMostBytes);
    if (!plain) return plain.error();
    unpacked = std::move(*plain);
    content = unpacked;
  }
  std::vector<DecisionRecord> records;
  // One record may be printed over many lines; then the whole is one object.
  if (auto whole = read_record(content)) return std::vector{std::move(*whole)};
  std::size_t number = 0;
  while (!content.empty()) {
    const auto end = content.find('\n');
    const auto line = content.substr(0, end);
    content.remove_prefix(end == std::string_view::npos ? content.size() : end + 1);
    ++number;
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    auto record = read_record(line);
    if (!record) return record.error().within(fmt::format("line {}", number));
    records.push_back(std::move(*record));
  }
  if (records.empty()) return Error{Errc::malformed, "holds no record"};
  return records;
}

int run_replay(std::span<const char* const> arguments) {
  const auto [files, line] = split(arguments);
  if (line.help || files.empty()) {
    FleetPolicy policy;
    OptionTable table;
    add_policy_options(table, policy);
    fmt::print(line.help ? stdout : stderr, "{}", help_text(kUsage, table));
    return line.help ? 0 : 1;
  }
  if (!line.problems.empty()) {
    fmt::print(stderr, "{}\n", fmt::join(line.problems, "\n"));
    return 1;
  }
  std::size_t count = 0;
  std::size_t differing = 0;
  bool readable = true;
  for (const auto& file : files) {
    const auto found = replay(file, line, count);
    readable = readable && found.has_value();
    differing += found.value_or(0);
  }
  fmt::print("{} decision(s) replayed, {} differ\n", count, differing);
  if (!readable) return 1;
  return differing > 0 ? 3 : 0;
}

}  // namespace hakoban
