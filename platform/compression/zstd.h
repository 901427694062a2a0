// Zstandard (RFC 8878) by libzstd. Frames stand one after the other in a body and decode as one.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "core/result.h"

struct ZSTD_CCtx_s;

namespace hakoban {

// Keeps its tables between calls. For one thread at a time.
class ZstdCompressor {
 public:
  // 1 (fastest) to 19 (smallest).
  explicit ZstdCompressor(int level);
  ~ZstdCompressor();
  ZstdCompressor(const ZstdCompressor&) = delete;
  ZstdCompressor& operator=(const ZstdCompressor&) = delete;

  // Appends `block` to `body` as one whole frame, with a checksum.
  void append(std::string_view block, std::string& body);

 private:
  struct Free {
    void operator()(ZSTD_CCtx_s* context) const;
  };

  std::unique_ptr<ZSTD_CCtx_s, Free> context_;
};

// All frames of `body`. Errors: malformed, invalid (more than `limit_bytes`).
[[nodiscard]] Result<std::string> unzstd(std::string_view body, std::size_t limit_bytes = 256 << 20);

}  // namespace hakoban
