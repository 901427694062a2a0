#include "collectors/logs/container_log.h"

#include <algorithm>

#include "platform/log.h"

namespace hakoban {
namespace {

// What a restart finds unread has waited for long.
constexpr Duration kLongAgo = 24h;
constexpr std::uint64_t kNoSize = ~std::uint64_t{0};

std::uint64_t length_of(const SegmentPlan& plan) {
  return plan.end - plan.start;
}

std::uint64_t unread_of(const GenerationCursor& generation) {
  return generation.seen_size > generation.planned ? generation.seen_size - generation.planned : 0;
}

}  // namespace

ContainerLog::ContainerLog(FollowedLog named, std::filesystem::path file, LogMetrics& metrics)
    : id(named.id), path(std::move(file)), followed(std::move(named)), metrics_(metrics) {
  if (followed.place_if_unknown.folder.empty()) followed.place_if_unknown.folder = "_host/_";
}

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

// Files that an earlier process had not done with, and that are gone. The newest of them was written to when
// that process ended: it had grown by an unknown size, at least to that of any file that was rotated.
void ContainerLog::count_missing(const LogCursor& cursor, const std::vector<bool>& missing) {
  for (std::size_t i = 0; i < missing.size(); ++i) {
    if (!missing[i]) continue;
    const auto& generation = cursor.generations[i];
    auto bytes = unread_of(generation);
    const bool newest = i + 1 == missing.size();
    if (newest && least_rotated_)
      bytes = std::max(bytes, *least_rotated_ - std::min(*least_rotated_, generation.planned));
    if (bytes > 0 || newest)
      count_lost({generation.name, generation.planned, bytes, "deleted while nobody read"});
  }
}

void ContainerLog::look(SteadyPoint now, FolderWatch& watch) {
  if (parked_) {
    const auto status = file_status(path);
    if (!status) return;
    const auto& known = parked_->generations;
    const bool same_inode = known.empty() || known.back().identity.inode == status->inode;
    if (same_inode && status->size == parked_size_) return;
    const auto cursor = *std::exchange(parked_, std::nullopt);
    restore(cursor, now);
    return;
  }
  if (generations_.empty()) {
    begin_chain(now);
  } else {
    refresh(now);
    replace_truncated(now);
    follow_rotation(now, watch);
  }
  if (!births_ && !generations_.empty()) births_ = watch.births(path);
  name_generations();
  close_finished();
}

void ContainerLog::begin_chain(SteadyPoint now) {
  if (begun_) {
    if (auto opened = open_log(path, followed.format)) adopt(std::move(*opened), now);
    return;
  }
  auto chain = open_chain(path, followed.format);
  if (!chain) {
    metrics_.read_failures.Increment();
    return;
  }
  for (auto& opened : *chain) adopt(std::move(opened), now);
  begun_ = !chain->empty();
}

void ContainerLog::adopt(OpenLog opened, SteadyPoint now) {
  if (!generations_.empty()) {
    auto& before = *generations_.back();
    before.rotated = true;
    least_rotated_ = std::min(least_rotated_.value_or(before.size), before.size);
  }
  auto& generation =
      *generations_.emplace_back(std::make_unique<LogGeneration>(std::move(opened.file), opened.found));
  if (generation.size > 0) generation.waiting_since = now;
}

void ContainerLog::refresh(SteadyPoint now) {
  if (generations_.empty()) return;
  auto& newest = *generations_.back();
  const auto status = newest.file.status();
  if (!status) {
    metrics_.read_failures.Increment();
    return;
  }
  if (status->size < newest.size) newest.replaced = true;
  if (newest.replaced) return;
  newest.size = status->size;
  if (newest.size > newest.planned && !newest.waiting_since) newest.waiting_since = now;
}

void ContainerLog::replace_truncated(SteadyPoint now) {
  for (auto at = generations_.begin(); at != generations_.end();) {
    auto& generation = **at;
    if (!generation.replaced || generation.readers > 0) {
      ++at;
      continue;
    }
    if (generation.size > generation.planned)
      count_lost({generation.name, generation.planned, generation.size - generation.planned, "truncated"});
    const bool newest = &generation == generations_.back().get();
    at = generations_.erase(at);
    if (!newest) continue;
    metrics_.rotations.Increment();
    begin_chain(now);
    break;
  }
  drop_lost(false);
}

void ContainerLog::follow_rotation(SteadyPoint now, FolderWatch& watch) {
  if (generations_.empty()) return;
  const auto status = file_status(path);
  if (!status) return;  // removed, or between rename and create
  const auto& newest = generations_.back()->identity;
  if (newest.inode == status->inode && newest.device == status->device) return;
  // Before the files are looked at: one that is born and lost after this is counted the next time.
  const auto born = watch.births(path);
  auto chain = open_chain(path, followed.format);
  if (!chain) {
    metrics_.read_failures.Increment();
    return;
  }
  const auto fresh = adopt_fresh(std::move(*chain), now);
  if (!births_) return;
  *births_ += fresh;
  count_unseen(born);
}

std::uint64_t ContainerLog::adopt_fresh(std::vector<OpenLog> chain, SteadyPoint now) {
  std::vector<KnownGeneration> known;
  for (const auto& each : generations_) known.push_back({each->identity, each->name, each->planned});
  std::vector<FoundFile> found;
  for (const auto& each : chain) found.push_back(each.found);
  const auto matches = match_chain(known, found, true);
  std::uint64_t fresh = 0;
  for (std::size_t i = 0; i < matches.size(); ++i) {
    if (matches[i].kind != ChainMatch::Kind::fresh) continue;
    refresh(now);  // what was the newest so far will not grow any more
    adopt(std::move(chain[i]), now);
    metrics_.rotations.Increment();
    ++fresh;
  }
  return fresh;
}

// Live files that were made and deleted again between two looks. Each was as large as files are rotated at.
void ContainerLog::count_unseen(std::uint64_t born) {
  if (born <= *births_) return;
  const auto unseen = born - std::exchange(*births_, born);
  count_lost({last_name_, 0, unseen * least_rotated_.value_or(0), "rotated away before it was seen"});
}

void ContainerLog::name_generations() {
  for (const auto& generation : generations_) {
    if (!generation->name.empty() || generation->size == 0) continue;
    const auto head = read_head(generation->file, followed.format);
    if (!head) {
      metrics_.read_failures.Increment();
      return;
    }
    if (head->hash == 0 && !generation->rotated && !closed) return;
    generation->identity.head = head->hash;
    generation->name = generation_name(head->first_time, last_name_);
    last_name_ = generation->name;
  }
}

void ContainerLog::park() {
  parked_size_ = generations_.empty() ? 0 : generations_.back()->size;
  parked_ = cursor();
  generations_.clear();
}

LogGeneration* ContainerLog::next_generation(SteadyPoint now, Duration cut_after) {
  if (reading) return nullptr;
  for (const auto& generation : generations_) {
    if (generation->size <= generation->planned) continue;
    const bool whole = generation->rotated || closed || generation->barren != generation->size ||
                       now - generation->barren_since >= cut_after;
    return whole && !generation->name.empty() && !generation->replaced ? generation.get() : nullptr;
  }
  return nullptr;
}

PendingLog ContainerLog::pending(const LogGeneration& generation, SteadyPoint now) const {
  return {generation.size - generation.planned, now - generation.waiting_since.value_or(now),
          generation.rotated, closed};
}

OpenPlan* ContainerLog::waiting_plan() {
  const auto found =
      std::find_if(plans.begin(), plans.end(), [](const OpenPlan& plan) { return !plan.taken; });
  return found == plans.end() ? nullptr : &*found;
}

LogGeneration* ContainerLog::generation_of(const OpenPlan& plan) {
  for (const auto& generation : generations_) {
    if (generation->name == plan.plan.generation && !generation->replaced) return generation.get();
  }
  return nullptr;
}

void ContainerLog::drop_lost(bool everything) {
  plans.remove_if([&](const OpenPlan& plan) {
    if (plan.taken || generation_of(plan) != nullptr) return false;
    count_lost({plan.plan.generation, plan.plan.start, length_of(plan.plan), "deleted before it was stored"});
    return true;
  });
  if (!everything || !parked_) return;
  if (!begun_ && parked_->generations.empty() && !has_cursor_file)
    count_lost({"", 0, 0, "removed before it was seen"});
  begun_ = true;
  std::uint64_t bytes = 0;
  for (const auto& generation : parked_->generations) bytes += unread_of(generation);
  for (const auto& plan : parked_->plans) bytes += length_of(plan);
  const auto* oldest = parked_->generations.empty() ? nullptr : &parked_->generations.front();
  if (bytes > 0)
    count_lost(
        {oldest ? oldest->name : "", oldest ? oldest->planned : 0, bytes, "deleted while nobody read"});
  parked_->generations.clear();
  parked_->plans.clear();
}

void ContainerLog::count_stored(const OpenPlan& plan) {
  ++totals.objects;
  totals.lines += plan.lines;
  totals.bytes += length_of(plan.plan);
  totals.lines_by_date[plan.date] += plan.lines;
  if (totals.lines_by_date.size() > kMostDates) totals.lines_by_date.erase(totals.lines_by_date.begin());
}

void ContainerLog::finish_plan(const OpenPlan& plan) {
  plans.remove_if([&](const OpenPlan& each) { return &each == &plan; });
  close_finished();
}

void ContainerLog::close_finished() {
  if (generations_.empty()) return;
  if (roster != nullptr) {
    for (const auto& identity : std::exchange(stored_before_, {})) roster->generation_stored(id, identity);
  }
  // From the old end: who owns the files deletes them in this order.
  while (generations_.size() > 1) {
    const auto& oldest = *generations_.front();
    const bool planned = std::any_of(plans.begin(), plans.end(), [&](const OpenPlan& plan) {
      return plan.plan.generation == oldest.name;
    });
    if (oldest.planned < oldest.size || planned || oldest.readers > 0) return;
    if (roster != nullptr) roster->generation_stored(id, oldest.identity);
    generations_.pop_front();
  }
}

LogCursor ContainerLog::cursor() const {
  if (parked_) {
    auto parked = *parked_;
    parked.place = place;
    parked.totals = totals;
    parked.gaps.clear();
    for (const auto& gap : gaps) parked.gaps.push_back(gap.gap);
    return parked;
  }
  LogCursor cursor{id, followed.path, followed.below_rootfs, followed.format, place, totals, {}, {}, {}};
  for (const auto& generation : generations_) {
    if (generation->name.empty()) continue;
    cursor.generations.push_back(
        {generation->identity, generation->name, generation->planned, generation->size});
  }
  for (const auto& plan : plans) cursor.plans.push_back(plan.plan);
  for (const auto& gap : gaps) cursor.gaps.push_back(gap.gap);
  return cursor;
}

std::uint64_t ContainerLog::unplanned_bytes() const {
  std::uint64_t sum = 0;
  for (const auto& generation : generations_)
    sum += generation->size - std::min(generation->size, generation->planned);
  return sum;
}

std::uint64_t ContainerLog::unstored_bytes() const {
  auto sum = unplanned_bytes();
  for (const auto& gap : gaps) sum += gap.gap.record.size();
  for (const auto& plan : plans) sum += length_of(plan.plan);
  return sum;
}

std::optional<SteadyPoint> ContainerLog::oldest_unstored() const {
  std::optional<SteadyPoint> oldest;
  const auto consider = [&](SteadyPoint since) { oldest = std::min(oldest.value_or(since), since); };
  for (const auto& plan : plans) consider(plan.since);
  for (const auto& generation : generations_) {
    if (generation->waiting_since) consider(*generation->waiting_since);
  }
  return oldest;
}

void ContainerLog::mark() {
  for (const auto& generation : generations_) generation->marked = generation->size;
}

std::uint64_t ContainerLog::marked_bytes() const {
  std::uint64_t sum = 0;
  for (const auto& generation : generations_)
    sum += generation->marked - std::min(generation->marked, generation->planned);
  for (const auto& [plan, since, lines, date, taken] : plans) {
    for (const auto& generation : generations_) {
      if (generation->name == plan.generation && generation->marked > plan.start)
        sum += std::min(plan.end, generation->marked) - plan.start;
    }
  }
  return sum;
}

}  // namespace hakoban
