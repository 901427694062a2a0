#include "platform/big_buffer.h"

#include <memory>
#include <sys/mman.h>

namespace hakoban {

void reserve_big(std::string& text, std::size_t size) {
  constexpr std::size_t kPage = 4096;
  constexpr std::size_t kWorthIt = 4 << 20;
  text.reserve(size);
  if (size < kWorthIt) return;
  void* begin = text.data();
  std::size_t space = text.capacity();
  if (std::align(kPage, kPage, begin, space) == nullptr) return;
  // Refused where huge pages are off: then small ones do.
  [[maybe_unused]] const int refused = ::madvise(begin, space / kPage * kPage, MADV_HUGEPAGE);
}

}  // namespace hakoban
