#include "collectors/tasks/host_board.h"

#include <algorithm>
#include <utility>

namespace hakoban {
namespace {

// Waits in pieces: a wait for ever (max()) must not overflow the clock.
constexpr Duration kLongestWait = 1h;

}  // namespace

HostBoard::HostBoard(Latest<HostView>& views, CensusMetrics& metrics, std::string own_container_id)
    : views_(views), metrics_(metrics) {
  facts_.own_container_id = std::move(own_container_id);
}

void HostBoard::update(const std::function<void(HostFacts&)>& change) {
  const std::lock_guard lock{mutex_};
  change(facts_);
  auto view = assemble_host_view(facts_);
  view.generation = last_.generation;
  if (view == last_) return;
  ++view.generation;
  last_ = view;
  metrics_.published(view);
  views_.publish(std::move(view));
  ++told_.news;
  changed_.notify_all();
}

void HostBoard::hurry() {
  const std::lock_guard lock{mutex_};
  ++told_.hurries;
  changed_.notify_all();
}

HostBoard::Told HostBoard::wait(const Told& seen, Duration patience, const std::stop_token& stop) const {
  const Idle idle;
  std::unique_lock lock{mutex_};
  changed_.wait_for(lock, stop, std::clamp(patience, Duration{0}, kLongestWait),
                    [&] { return told_.news > seen.news || told_.hurries > seen.hurries; });
  return told_;
}

}  // namespace hakoban
