#include "coordinator/need_cache.h"

#include "platform/log.h"

namespace hakoban {
namespace {

constexpr std::size_t kMost = 20'000;  // then all are asked for anew: old revisions go
constexpr Duration kAgainAfter = 30s;

}  // namespace

std::optional<TaskNeed> NeedCache::known(const std::string& definition_arn) {
  const std::lock_guard lock{mutex_};
  const auto found = needs_.find(definition_arn);
  return found == needs_.end() ? std::nullopt : std::optional{found->second};
}

std::optional<TaskNeed> NeedCache::need_of(const std::string& definition_arn, const std::stop_token& stop) {
  {
    const std::lock_guard lock{mutex_};
    if (const auto found = needs_.find(definition_arn); found != needs_.end()) return found->second;
    const auto failed = failures_.find(definition_arn);
    if (failed != failures_.end() && clock_.now() - failed->second.at < kAgainAfter) return std::nullopt;
  }
  const auto need = ecs_.need_of(definition_arn, stop);
  const std::lock_guard lock{mutex_};
  if (!need) {
    if (need.error().code == Errc::cancelled) return std::nullopt;
    Failure& failure = failures_[definition_arn];
    if (failure.what != need.error().what)
      log::warn("task definition not read", {{"task_definition", definition_arn}, {"error", need.error()}});
    failure = {clock_.now(), need.error().what};
    return std::nullopt;
  }
  failures_.erase(definition_arn);
  if (needs_.size() >= kMost) needs_.clear();
  needs_[definition_arn] = *need;
  return *need;
}

}  // namespace hakoban
