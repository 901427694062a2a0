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
  has_cursor_file = true;
  if (!cursor.generations.empty()) last_name_ = cursor.generations.back().name;
  auto chain = open_chain(path);
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
    auto& generation = *generations_.back();
    missing[matches[i].index] = false;
    generation.name = known[matches[i].index].name;
    generation.planned = known[matches[i].index].planned;
    generation.waiting_since.reset();
    if (generation.size > generation.planned) generation.waiting_since = now - kLongAgo;
  }
  for (std::size_t i = 0; i < known.size(); ++i) {
    if (missing[i]) count_lost(unread_of(cursor.generations[i]), "deleted while nobody read");
  }
  for (const auto& plan : cursor.plans) plans.push_back({plan, now - kLongAgo, 0, "", false});
  drop_lost(false);
}

void ContainerLog::look(SteadyPoint now) {
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
    follow_rotation(now);
  }
  name_generations();
  close_finished();
}

void ContainerLog::begin_chain(SteadyPoint now) {
  if (begun_) {
    if (auto opened = open_log(path)) adopt(std::move(*opened), now);
    return;
  }
  auto chain = open_chain(path);
  if (!chain) {
    metrics_.read_failures.Increment();
    return;
  }
  for (auto& opened : *chain) adopt(std::move(opened), now);
  begun_ = !chain->empty();
  if (const auto bytes = compressed_bytes(path); bytes > 0 && !chain->empty())
    count_lost(bytes, "compressed by Docker before it was seen");
}

void ContainerLog::adopt(OpenLog opened, SteadyPoint now) {
  if (!generations_.empty()) generations_.back()->rotated = true;
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
    count_lost(generation.size - std::min(generation.size, generation.planned), "truncated");
    const bool newest = &generation == generations_.back().get();
    at = generations_.erase(at);
    if (!newest) continue;
    metrics_.rotations.Increment();
    begin_chain(now);
    break;
  }
  drop_lost(false);
}

void ContainerLog::follow_rotation(SteadyPoint now) {
  if (generations_.empty()) return;
  const auto status = file_status(path);
  if (!status) return;  // removed, or between rename and create
  const auto& newest = generations_.back()->identity;
  if (newest.inode == status->inode && newest.device == status->device) return;
  auto chain = open_chain(path);
  if (!chain) {
    metrics_.read_failures.Increment();
    return;
  }
  std::vector<KnownGeneration> known;
  for (const auto& each : generations_) known.push_back({each->identity, each->name, each->planned});
  std::vector<FoundFile> found;
  for (const auto& each : *chain) found.push_back(each.found);
  const auto matches = match_chain(known, found, true);
  for (std::size_t i = 0; i < matches.size(); ++i) {
    if (matches[i].kind != ChainMatch::Kind::fresh) continue;
    refresh(now);  // what was the newest so far will not grow any more
    adopt(std::move((*chain)[i]), now);
    metrics_.rotations.Increment();
  }
}

void ContainerLog::name_generations() {
  for (const auto& generation : generations_) {
    if (!generation->name.empty() || generation->size == 0) continue;
    const auto head = read_head(generation->file);
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

LogGeneration* ContainerLog::next_generation() {
  if (reading) return nullptr;
  for (const auto& generation : generations_) {
    if (generation->size <= generation->planned) continue;
    const bool whole = generation->rotated || closed || generation->barren != generation->size;
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
    count_lost(length_of(plan.plan), "gone before it was stored again");
    return true;
  });
  if (!everything || !parked_) return;
  std::uint64_t bytes = 0;
  for (const auto& generation : parked_->generations) bytes += unread_of(generation);
  for (const auto& plan : parked_->plans) bytes += length_of(plan);
  count_lost(bytes, "deleted while nobody read");
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
  if (parked_) return *parked_;
  LogCursor cursor{id, followed.path, followed.below_rootfs, followed.format, place, totals, {}, {}};
  for (const auto& generation : generations_) {
    if (generation->name.empty()) continue;
    cursor.generations.push_back(
        {generation->identity, generation->name, generation->planned, generation->size});
  }
  for (const auto& plan : plans) cursor.plans.push_back(plan.plan);
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

void ContainerLog::count_lost(std::uint64_t bytes, std::string_view why) {
  if (bytes == 0) return;
  metrics_.gaps.Increment();
  ++totals.gaps;
  totals.lost_bytes += bytes;
  metrics_.lost_bytes.Increment(static_cast<double>(bytes));
  dirty = true;
  log::warn("container log lost", {{"container", id}, {"bytes", bytes}, {"why", why}});
}

}  // namespace hakoban
