#include "core/host/refresh_book.h"

#include <algorithm>

namespace hakoban {

void RefreshBook::want(const std::set<std::string>& keys, SteadyPoint now) {
  std::erase_if(entries_, [&](const auto& entry) { return !keys.contains(entry.first); });
  for (const auto& key : keys) entries_.try_emplace(key, Entry{now + rules_.settle});
}

std::vector<std::string> RefreshBook::due(SteadyPoint now) const {
  std::vector<std::string> keys;
  if (next_due() > now) return keys;
  for (const auto& [key, entry] : entries_) {
    if (entry.due <= now + rules_.settle) keys.push_back(key);
  }
  return keys;
}

SteadyPoint RefreshBook::next_due() const {
  auto due = SteadyPoint::max();
  for (const auto& [key, entry] : entries_) due = std::min(due, entry.due);
  return std::max(due, not_before_);
}

void RefreshBook::answered(const std::string& key, SteadyPoint now, double dice) {
  failures_ = 0;
  const auto entry = entries_.find(key);
  if (entry == entries_.end()) return;
  entry->second.unanswered = 0;
  entry->second.due = now + std::chrono::duration_cast<Duration>(rules_.interval * (0.9 + dice / 5));
}

void RefreshBook::unanswered(const std::string& key, SteadyPoint now, double dice) {
  failures_ = 0;
  const auto entry = entries_.find(key);
  if (entry == entries_.end()) return;
  const RetryWait wait{rules_.retry.first, std::max(rules_.retry.longest, rules_.interval)};
  entry->second.due = now + wait.after(++entry->second.unanswered, dice);
}

void RefreshBook::failed(SteadyPoint now, double dice) {
  not_before_ = now + rules_.retry.after(++failures_, dice);
}

void RefreshBook::hurry(SteadyPoint now) {
  not_before_ = now;
  for (auto& [key, entry] : entries_) entry.due = now;
}

}  // namespace hakoban
