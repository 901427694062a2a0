#include "handlers/metrics/block_pool.h"

#include <utility>

namespace hakoban {

TextBlock BlockPool::take() {
  {
    const std::lock_guard lock{mutex_};
    if (!free_.empty()) {
      auto block = std::move(free_.back());  // the one that was used last is still in the cache
      free_.pop_back();
      return block;
    }
  }
  return make_text_block(kTextBlockBytes);
}

void BlockPool::give_back(TextBlock block) {
  constexpr std::size_t kKept = 6;
  if (block.capacity != kTextBlockBytes) return;
  block.size = 0;
  const std::lock_guard lock{mutex_};
  if (free_.size() < kKept) free_.push_back(std::move(block));
}

SharedBlock BlockPool::share(TextBlock block) {
  shared_bytes_ += block.size;
  const auto give_back = [pool = shared_from_this()](TextBlock* shared) {
    pool->shared_bytes_ -= shared->size;
    pool->give_back(std::move(*shared));
    delete shared;
  };
  return {new TextBlock{std::move(block)}, give_back};
}

}  // namespace hakoban
