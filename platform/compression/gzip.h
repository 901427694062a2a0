// gzip (RFC 1952) by libdeflate. Members stand one after the other in a body and decode as one.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "core/result.h"

struct libdeflate_compressor;

namespace hakoban {

// Keeps its tables between calls. For one thread at a time.
class GzipCompressor {
 public:
  // 1 (fastest) to 12 (smallest).
  explicit GzipCompressor(int level);
  ~GzipCompressor();
  GzipCompressor(const GzipCompressor&) = delete;
  GzipCompressor& operator=(const GzipCompressor&) = delete;

  // Appends `block` to `body` as one whole member. An empty block makes an empty member.
  void append(std::string_view block, std::string& body);

 private:
  struct Free {
    void operator()(libdeflate_compressor* compressor) const;
  };

  std::unique_ptr<libdeflate_compressor, Free> compressor_;
  std::unique_ptr<char[]> scratch_;
  std::size_t scratch_bytes_ = 0;
};

// All members of `body`. Errors: malformed, invalid (more than `limit_bytes`).
[[nodiscard]] Result<std::string> gunzip(std::string_view body, std::size_t limit_bytes = 256 << 20);

}  // namespace hakoban
