#include "platform/big_buffer.h"

#include <cstdint>
#include <sys/mman.h>

namespace hakoban {

void reserve_big(std::string& text, std::size_t size) {
  constexpr std::uintptr_t kPage = 4096;
  constexpr std::size_t kWorthIt = 4 << 20;
  text.reserve(size);
  if (size < kWorthIt) return;
  const auto begin = (reinterpret_cast<std::uintptr_t>(text.data()) + kPage - 1) / kPage * kPage;
  const auto end = (reinterpret_cast<std::uintptr_t>(text.data()) + text.capacity()) / kPage * kPage;
  // Refused where huge pages are off: then small ones do.
  [[maybe_unused]] const int refused = ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE);
}

}  // namespace hakoban
