#include "handlers/metrics/page_round.h"

#include <algorithm>
#include <utility>

#include "platform/pulse.h"

namespace hakoban {
namespace {

// A reader is not woken for less, and then takes all there is: a thread's turn costs as much as sending a
// block.
constexpr std::size_t kWorthWaking = 2;
// A reader that has so many blocks to take is waited for. More would not fit into the cache.
constexpr std::size_t kBehind = 4;
constexpr Duration kPatience = 10ms;  // with such a one, once: no client holds up the next scrape

}  // namespace

class PageRound::Reader final : public HttpBodyStream {
 public:
  explicit Reader(std::shared_ptr<PageRound> round) : round_(std::move(round)) {}

  ~Reader() override {
    const std::lock_guard lock{round_->mutex_};
    std::erase(round_->readers_, this);
    round_->text_was_read_.notify_all();
  }

  std::optional<std::string_view> next() override {
    reading_.reset();
    if (taken_.empty()) take();
    if (taken_.empty()) return std::nullopt;
    reading_ = std::move(taken_.front());
    taken_.pop_front();
    return reading_->text();
  }

  std::deque<SharedBlock> blocks;  // guarded by the round's mutex

 private:
  void take() {
    const Idle idle;
    std::unique_lock lock{round_->mutex_};
    round_->text_came_.wait(
        lock, [&] { return blocks.size() >= kWorthWaking || round_->turn_ == round_->sources_.size(); });
    taken_.swap(blocks);
    if (taken_.size() >= kBehind) round_->text_was_read_.notify_all();
  }

  const std::shared_ptr<PageRound> round_;
  std::deque<SharedBlock> taken_;
  SharedBlock reading_;
};

PageRound::PageRound(std::size_t sources, std::shared_ptr<BlockPool> pool)
    : pool_(std::move(pool)), sources_(sources) {}

std::unique_ptr<HttpBodyStream> PageRound::join() {
  const std::lock_guard lock{mutex_};
  if (begun_) return nullptr;
  auto reader = std::make_unique<Reader>(shared_from_this());
  readers_.push_back(reader.get());
  return reader;
}

void PageRound::pass_on(std::size_t source, TextBlock block) {
  if (block.size == 0) return pool_->give_back(std::move(block));
  std::unique_lock lock{mutex_};
  if (sources_[source].cut_off) return;
  if (source != turn_) {
    sources_[source].parked.push_back(std::move(block));
    return;
  }
  deliver(std::move(block));
  wait_for_readers(lock);
}

void PageRound::finish(std::size_t source, SourceAnswer answer) {
  const std::lock_guard lock{mutex_};
  if (sources_[source].cut_off) return;
  sources_[source].answer = std::move(answer);
  if (source == turn_) advance();
}

std::vector<std::optional<SourceAnswer>> PageRound::wait_for(std::size_t end, Duration patience) {
  std::unique_lock lock{mutex_};
  source_finished_.wait_for(lock, patience, [&] { return turn_ >= end; });
  std::vector<std::optional<SourceAnswer>> answers;
  for (std::size_t i = 0; i < end; ++i) {
    sources_[i].cut_off = !sources_[i].answer;
    answers.push_back(sources_[i].answer);
  }
  if (turn_ < end) advance();
  return answers;
}

// Goes on to the next source that has not finished.
void PageRound::advance() {
  while (turn_ < sources_.size() && (sources_[turn_].answer || sources_[turn_].cut_off)) {
    begun_ = ++turn_ == sources_.size() || begun_;
    if (turn_ == sources_.size()) break;
    for (auto& block : std::exchange(sources_[turn_].parked, {})) deliver(std::move(block));
  }
  source_finished_.notify_all();
  text_came_.notify_all();
}

void PageRound::deliver(TextBlock block) {
  begun_ = true;
  const auto shared = pool_->share(std::move(block));
  bool worth_waking = false;
  for (auto* const reader : readers_) {
    reader->blocks.push_back(shared);
    worth_waking = worth_waking || reader->blocks.size() == kWorthWaking;
  }
  if (worth_waking) text_came_.notify_all();
}

void PageRound::wait_for_readers(std::unique_lock<std::mutex>& lock) {
  if (!one_is_slow_)
    one_is_slow_ = !text_was_read_.wait_for(lock, kPatience, [&] { return !any_reader_behind(); });
}

bool PageRound::any_reader_behind() const {
  return std::any_of(readers_.begin(), readers_.end(),
                     [&](const auto* reader) { return reader->blocks.size() >= kBehind; });
}

}  // namespace hakoban
