#include "collectors/logs/container_log.h"

#include <algorithm>

#include "platform/log.h"

namespace hakoban {
namespace {

// Whether another record may be put behind its last byte.
bool ends_whole(const LogGeneration& generation, LogFileFormat format) {
  if (generation.file.compressed()) return false;
  if (decoder_of(format) != nullptr || generation.size == 0) return true;
  char last = 0;
  const auto count = generation.file.read_at(generation.size - 1, &last, 1);
  return count && *count == 1 && last == '\n';
}

}  // namespace

ContainerLog::ContainerLog(FollowedLog named, std::filesystem::path file, LogMetrics& metrics)
    : id(named.id), path(std::move(file)), followed(std::move(named)), metrics_(metrics) {
  if (followed.place_if_unknown.folder.empty()) followed.place_if_unknown.folder = "_host/_";
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
    before.ends_whole = ends_whole(before, followed.format);
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
  found.reserve(chain.size());
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
    const bool goes_on = successor_of(*generation) != nullptr || awaits_successor(*generation);
    const bool whole = closed || (generation->rotated && !goes_on) ||
                       generation->barren != reach_of(*generation) ||
                       now - generation->barren_since >= cut_after;
    return whole && !generation->name.empty() && !generation->replaced ? generation.get() : nullptr;
  }
  return nullptr;
}

const LogGeneration* ContainerLog::after(const LogGeneration& generation) const {
  for (auto at = generations_.begin(); at != generations_.end(); ++at) {
    if (at->get() == &generation) return ++at == generations_.end() ? nullptr : at->get();
  }
  return nullptr;
}

bool ContainerLog::awaits_successor(const LogGeneration& generation) const {
  const auto* next = after(generation);
  return next != nullptr && generation.ends_whole && !next->replaced &&
         (next->size == 0 || next->name.empty());
}

LogGeneration* ContainerLog::successor_of(const LogGeneration& generation) {
  const auto* next = after(generation);
  if (next == nullptr || !generation.ends_whole || next->replaced || next->planned > 0) return nullptr;
  return next->size == 0 || next->name.empty() ? nullptr : generation_named(next->name);
}

std::uint64_t ContainerLog::reach_of(const LogGeneration& generation) {
  const auto* next = successor_of(generation);
  return generation.size + (next == nullptr ? 0 : next->size);
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

LogGeneration* ContainerLog::generation_named(std::string_view name) {
  for (const auto& generation : generations_) {
    if (generation->name == name && !generation->replaced) return generation.get();
  }
  return nullptr;
}

LogGeneration* ContainerLog::generation_of(const OpenPlan& plan) {
  const auto& next = plan.plan.continued_in;
  if (!next.empty() && generation_named(next) == nullptr) return nullptr;
  return generation_named(plan.plan.generation);
}

void ContainerLog::count_stored(const OpenPlan& plan) {
  ++totals.objects;
  totals.lines += plan.lines;
  totals.bytes += plan.plan.bytes();
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
    if (oldest.planned < oldest.size || planned_from(oldest) || oldest.readers > 0) return;
    if (roster != nullptr) roster->generation_stored(id, oldest.identity);
    generations_.pop_front();
  }
}

bool ContainerLog::planned_from(const LogGeneration& generation) const {
  return std::any_of(plans.begin(), plans.end(), [&](const OpenPlan& plan) {
    return plan.plan.generation == generation.name || plan.plan.continued_in == generation.name;
  });
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
  for (const auto& plan : plans) sum += plan.plan.bytes();
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
      if (generation->name == plan.continued_in) sum += std::min(plan.continued_end, generation->marked);
    }
  }
  return sum;
}

}  // namespace hakoban
