// One making of the metrics page: its sources write at the same time, and their text goes out in their order,
// block by block, to every client that reads along.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "core/metrics/page_text.h"
#include "core/result.h"
#include "core/time.h"
#include "handlers/metrics/block_pool.h"
#include "platform/http/http_body_stream.h"

namespace hakoban {

struct SourceAnswer {
  Result<void> result;
  std::optional<Duration> took;  // nothing: it was not asked
};

// Thread-safe. Held by shared_ptr: readers, and a source that is late, may outlive its maker.
class PageRound : public std::enable_shared_from_this<PageRound> {
 public:
  PageRound(std::size_t sources, std::shared_ptr<BlockPool> pool);

  // A reader of the whole page. Nothing: its beginning has gone out already.
  [[nodiscard]] std::unique_ptr<HttpBodyStream> join();

  // What source number `source` writes. When it is this source's turn, waits a moment for readers that are
  // behind, so that the blocks they have read are used again; slow ones are not waited for, the blocks pile
  // up for them.
  void pass_on(std::size_t source, TextBlock block);
  [[nodiscard]] TextBlock take() { return pool_->take(); }
  void finish(std::size_t source, SourceAnswer answer);

  // Waits until the sources before number `end` have finished, for `patience` at most. Nothing for those that
  // have not: what they write from now on is dropped.
  [[nodiscard]] std::vector<std::optional<SourceAnswer>> wait_for(std::size_t end, Duration patience);

 private:
  class Reader;
  struct Source {
    std::deque<TextBlock> parked;  // until it is its turn
    std::optional<SourceAnswer> answer;
    bool cut_off = false;
  };

  void deliver(TextBlock block);
  void advance();
  void wait_for_readers(std::unique_lock<std::mutex>& lock);
  [[nodiscard]] bool any_reader_behind() const;

  const std::shared_ptr<BlockPool> pool_;
  std::mutex mutex_;  // guards all below
  std::condition_variable text_came_;
  std::condition_variable text_was_read_;
  std::condition_variable source_finished_;
  std::vector<Source> sources_;
  std::size_t turn_ = 0;  // of sources_; at its end all text is out
  bool begun_ = false;
  bool one_is_slow_ = false;  // of the readers: none is waited for any more
  std::vector<Reader*> readers_;
};

// Where a source of a round writes.
class RoundOutlet final : public BlockOutlet {
 public:
  RoundOutlet(PageRound& round, std::size_t source) : round_(round), source_(source) {}
  void pass_on(TextBlock block) override { round_.pass_on(source_, std::move(block)); }
  [[nodiscard]] TextBlock take() override { return round_.take(); }

 private:
  PageRound& round_;
  const std::size_t source_;
};

}  // namespace hakoban
