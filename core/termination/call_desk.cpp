#include "core/termination/call_desk.h"

#include <algorithm>

namespace hakoban {

CallDesk::CallDesk(const CallDeskPolicy& policy)
    : policy_(policy),
      draining_pace_(policy.draining_burst, policy.draining_refill),
      deregister_pace_(policy.deregister_burst, policy.deregister_refill) {}

DeskAnswer CallDesk::ask(const std::string& id, const std::vector<DeskItem>& items, SteadyPoint now) {
  if (requests_.find(id) == requests_.end()) enroll(id, items, now);
  Request& request = requests_.at(id);
  request.asked_at = now;
  if (request.left > 0) return {DeskStanding::pending, std::nullopt};
  if (request.error) return {DeskStanding::failed, request.error};
  return {DeskStanding::done, std::nullopt};
}

void CallDesk::enroll(const std::string& id, const std::vector<DeskItem>& items, SteadyPoint now) {
  Request& request = requests_[id];
  for (const DeskItem& item : items) {
    const bool draining = !item.container_instance.empty();
    Line& line = lines_[{draining, draining ? item.cluster : item.target.group_arn}];
    Wish& wish = line.wishes.try_emplace(item, Wish{{}, now, 0, false}).first->second;
    if (std::find(wish.ids.begin(), wish.ids.end(), id) != wish.ids.end()) continue;
    wish.ids.push_back(id);
    ++request.left;
  }
}

std::vector<DeskCall> CallDesk::due(SteadyPoint now) {
  forget_old(now);
  std::vector<DeskCall> calls;
  // Draining first: it is what keeps new tasks away.
  for (const bool draining : {true, false}) {
    TokenBucket& pace = draining ? draining_pace_ : deregister_pace_;
    while (pace.level(now) >= 1) {
      auto call = longest_waiting(draining, now);
      if (!call) break;
      (void)pace.take(now);
      Line& line = lines_.at({draining, call->subject});
      for (const DeskItem& item : call->items) line.wishes.at(item).in_flight = true;
      calls.push_back(std::move(*call));
    }
  }
  return calls;
}

std::optional<DeskCall> CallDesk::longest_waiting(bool draining, SteadyPoint now) const {
  std::optional<DeskCall> chosen;
  SteadyPoint oldest = SteadyPoint::max();
  for (const auto& [kind, line] : lines_) {
    if (kind.first != draining || now < line.not_before) continue;
    auto items = batch_of(line, draining, now);
    if (items.empty() || line.wishes.at(items.front()).since >= oldest) continue;
    oldest = line.wishes.at(items.front()).since;
    chosen = DeskCall{kind.second, draining, std::move(items)};
  }
  return chosen;
}

std::vector<DeskItem> CallDesk::batch_of(const Line& line, bool draining, SteadyPoint now) const {
  const std::size_t most = draining ? policy_.instances_a_call : policy_.targets_a_call;
  std::vector<std::pair<SteadyPoint, const DeskItem*>> waiting;
  for (const auto& [item, wish] : line.wishes) {
    if (!wish.in_flight) waiting.emplace_back(wish.since, &item);
  }
  std::sort(waiting.begin(), waiting.end());
  if (waiting.empty()) return {};
  if (waiting.size() < most && now < waiting.front().first + policy_.window) return {};
  waiting.resize(std::min(waiting.size(), most));
  std::vector<DeskItem> items;
  items.reserve(waiting.size());
  for (const auto& [since, item] : waiting) items.push_back(*item);
  return items;
}

void CallDesk::ended(const DeskCall& call, const std::optional<Error>& whole,
                     const std::map<DeskItem, Error>& parts, SteadyPoint now) {
  const auto found = lines_.find({call.set_draining, call.subject});
  if (found == lines_.end()) return;
  Line& line = found->second;
  if (!whole) line.failures = 0;
  if (whole && whole->transient()) {
    const Duration wait = policy_.retry_first * (1 << std::min(line.failures++, 10));
    line.not_before = now + std::min(wait, policy_.retry_most);
  }
  for (const DeskItem& item : call.items) {
    const auto part = parts.find(item);
    const std::optional<Error> error = part != parts.end() ? std::optional{part->second} : whole;
    Wish& wish = line.wishes.at(item);
    wish.in_flight = false;
    if (error && error->transient() && ++wish.failures < policy_.attempts) continue;
    settle(line, item, error);
  }
  if (line.wishes.empty() && !whole) lines_.erase(found);
}

void CallDesk::settle(Line& line, const DeskItem& item, const std::optional<Error>& error) {
  for (const std::string& id : line.wishes.at(item).ids) {
    const auto request = requests_.find(id);
    if (request == requests_.end()) continue;
    --request->second.left;
    if (error && !request->second.error) request->second.error = error;
  }
  line.wishes.erase(item);
}

std::size_t CallDesk::waiting() const {
  std::size_t count = 0;
  for (const auto& [kind, line] : lines_) count += line.wishes.size();
  return count;
}

void CallDesk::forget_old(SteadyPoint now) {
  std::erase_if(requests_,
                [&](const auto& entry) { return now - entry.second.asked_at > policy_.keep_answers; });
}

}  // namespace hakoban
