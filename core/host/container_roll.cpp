#include "core/host/container_roll.h"

#include <algorithm>
#include <utility>

namespace hakoban {

void ContainerRoll::connected(SteadyPoint now) {
  ask_all_ = true;
  list_failures_ = 0;
  list_at_ = now;
  if (list_under_way_) list_again_ = true;
}

void ContainerRoll::event(std::string_view action, const std::string& id, SteadyPoint now) {
  if (list_under_way_) touched_.insert(id);
  if (action == "destroy") {
    forget(id);
  } else {
    ask(id, now);
  }
}

void ContainerRoll::listed(const std::vector<ContainerView>& containers, SteadyPoint now) {
  list_under_way_ = false;
  if (std::exchange(list_again_, false)) {
    touched_.clear();
    return;  // of the engine before
  }
  const bool ask_all = std::exchange(ask_all_, false);
  std::set<std::string> there;
  for (const auto& entry : containers) {
    there.insert(entry.id);
    if (touched_.contains(entry.id)) continue;
    if (!listed_) first_.insert(entry.id);
    take_entry(entry, ask_all, now);
  }
  std::vector<std::string> missing;
  for (const auto& [id, container] : containers_) {
    if (!there.contains(id) && !touched_.contains(id)) missing.push_back(id);
  }
  for (const auto& id : missing) forget(id);
  touched_.clear();
  if (!std::exchange(listed_, true)) changed_ = true;
  list_failures_ = 0;
  list_at_ = now + rules_.relist_interval;
}

void ContainerRoll::take_entry(const ContainerView& entry, bool ask_all, SteadyPoint now) {
  const auto known = containers_.find(entry.id);
  const bool same =
      known != containers_.end() && known->second.state == entry.state && known->second.name == entry.name;
  if (same && !ask_all) return;
  ask(entry.id, now);
  if (known == containers_.end()) asked_[entry.id].summary = entry;
}

void ContainerRoll::list_failed(SteadyPoint now, double dice) {
  list_under_way_ = false;
  touched_.clear();
  if (std::exchange(list_again_, false)) return;
  list_at_ = now + rules_.list_retry.after(++list_failures_, dice);
}

void ContainerRoll::inspected(ContainerView container) {
  const auto asked = asked_.find(container.id);
  if (asked == asked_.end()) return;
  first_.erase(container.id);
  if (std::exchange(asked->second.again, false)) {
    asked->second.under_way = false;
    asked->second.failures = 0;
  } else {
    asked_.erase(asked);
  }
  set(std::move(container));
}

void ContainerRoll::gone(const std::string& id) {
  forget(id);
}

int ContainerRoll::inspect_failed(const std::string& id, SteadyPoint now, double dice) {
  first_.erase(id);
  const auto found = asked_.find(id);
  if (found == asked_.end()) return 0;
  auto& asked = found->second;
  asked.under_way = false;
  asked.not_before = now + rules_.inspect_retry.after(++asked.failures, dice);
  if (std::exchange(asked.again, false)) asked.not_before = now;
  if (asked.summary && !containers_.contains(id)) set(*asked.summary);
  return asked.failures;
}

std::optional<ContainerRoll::Job> ContainerRoll::next_job(SteadyPoint now) {
  if (!list_under_way_ && list_at_ <= now) {
    list_under_way_ = true;
    return Job{true, {}};
  }
  for (auto& [id, asked] : asked_) {
    if (asked.under_way || asked.not_before > now) continue;
    asked.under_way = true;
    return Job{false, id};
  }
  return std::nullopt;
}

SteadyPoint ContainerRoll::next_due() const {
  auto due = list_under_way_ ? SteadyPoint::max() : list_at_;
  for (const auto& [id, asked] : asked_) {
    if (!asked.under_way) due = std::min(due, asked.not_before);
  }
  return due;
}

bool ContainerRoll::take_changed() {
  return std::exchange(changed_, false);
}

void ContainerRoll::ask(const std::string& id, SteadyPoint now) {
  auto& asked = asked_[id];
  if (asked.under_way) {
    asked.again = true;
  } else {
    asked.not_before = now;
  }
}

void ContainerRoll::forget(const std::string& id) {
  asked_.erase(id);
  first_.erase(id);
  if (containers_.erase(id) > 0) changed_ = true;
}

void ContainerRoll::set(ContainerView container) {
  const auto [at, fresh] = containers_.try_emplace(container.id);
  if (!fresh && at->second == container) return;
  at->second = std::move(container);
  changed_ = true;
}

}  // namespace hakoban
