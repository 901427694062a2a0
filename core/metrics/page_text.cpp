#include "core/metrics/page_text.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace hakoban {

TextBlock make_text_block(std::size_t capacity) {
  return {std::make_unique_for_overwrite<char[]>(capacity), capacity, 0};
}

void PageText::append(std::string_view lines) {
  if (lines.empty()) return;
  char* const at = room(lines.size());
  std::memcpy(at, lines.data(), lines.size());
  wrote(at + lines.size());
}

void PageText::flush() {
  if (outlet_ && block_.capacity > 0) outlet_->pass_on(std::exchange(block_, {}));
}

void PageText::make_room(std::size_t size) {
  if (outlet_) {
    flush();
    block_ = outlet_->take();
    if (block_.capacity < size) block_ = make_text_block(size);
    return;
  }
  auto larger = make_text_block(std::max({block_.size + size, 2 * block_.capacity, std::size_t{4096}}));
  if (block_.size > 0) std::memcpy(larger.bytes.get(), block_.bytes.get(), block_.size);
  larger.size = block_.size;
  block_ = std::move(larger);
}

}  // namespace hakoban
