// How ContainerLog goes on where an earlier process ended.
#include <utility>

#include "collectors/logs/container_log.h"
#include "platform/log.h"

namespace hakoban {
namespace {

// What a restart finds unread has waited for long.
constexpr Duration kLongAgo = 24h;
constexpr std::uint64_t kNoSize = ~std::uint64_t{0};

}  // namespace

void ContainerLog::restore(const LogCursor& cursor, SteadyPoint now) {
  place = cursor.place;
  totals = cursor.totals;
  gaps.clear();
  for (const auto& gap : cursor.gaps) gaps.push_back({gap, false});
  has_cursor_file = true;
  births_.reset();
  if (!cursor.generations.empty()) last_name_ = cursor.generations.back().name;
  auto chain = open_chain(path, followed.format);
  if (!chain) {
    metrics_.read_failures.Increment();
    log::warn("container log cannot be opened", {{"container", id}, {"error", chain.error()}});
  }
  if (!chain || chain->empty()) {
    // Not lost yet: Docker's folder may not be mounted so early.
    parked_ = cursor;
    parked_size_ = kNoSize;
    return;
  }
  go_on(cursor, std::move(*chain), now);
  name_generations();
}

void ContainerLog::go_on(const LogCursor& cursor, std::vector<OpenLog> chain, SteadyPoint now) {
  std::vector<KnownGeneration> known;
  for (const auto& each : cursor.generations) known.push_back({each.identity, each.name, each.planned});
  std::vector<FoundFile> found;
  found.reserve(chain.size());
  for (const auto& each : chain) found.push_back(each.found);
  const auto matches = match_chain(known, found, false);
  std::vector<bool> missing(known.size(), true);
  begun_ = true;
  for (std::size_t i = 0; i < chain.size(); ++i) {
    if (matches[i].kind == ChainMatch::Kind::stored) {
      stored_before_.push_back(chain[i].found.identity);
      continue;
    }
    adopt(std::move(chain[i]), now);
    if (matches[i].kind != ChainMatch::Kind::known) continue;
    missing[matches[i].index] = false;
    go_on_in(*generations_.back(), cursor.generations[matches[i].index], now);
  }
  count_missing(cursor, missing);
  for (const auto& plan : cursor.plans) plans.push_back({plan, now - kLongAgo, 0, "", false});
  drop_lost(false);
}

void ContainerLog::go_on_in(LogGeneration& generation, const GenerationCursor& cursor, SteadyPoint now) {
  generation.name = cursor.name;
  generation.planned = cursor.planned;
  generation.waiting_since.reset();
  if (generation.size > generation.planned) generation.waiting_since = now - kLongAgo;
}

}  // namespace hakoban
