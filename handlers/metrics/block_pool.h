// Memory for the blocks of metrics pages, used again from page to page.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

#include "core/metrics/page_text.h"

namespace hakoban {

// A block that several clients are sent; its memory goes back to the pool with the last of them.
using SharedBlock = std::shared_ptr<const TextBlock>;

// Thread-safe. Held by shared_ptr, as a client may take its page for longer than the page's maker lives.
class BlockPool : public std::enable_shared_from_this<BlockPool> {
 public:
  [[nodiscard]] TextBlock take();
  void give_back(TextBlock block);
  [[nodiscard]] SharedBlock share(TextBlock block);

  // Bytes of text in shared blocks: what waits to be sent.
  [[nodiscard]] std::size_t shared_bytes() const { return shared_bytes_; }

 private:
  std::mutex mutex_;
  std::vector<TextBlock> free_;
  std::atomic<std::size_t> shared_bytes_{0};
};

}  // namespace hakoban
