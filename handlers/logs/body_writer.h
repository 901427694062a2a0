// Makes the body of an object of the records of a segment.
#pragma once

#include <string>
#include <string_view>

#include "core/logs/segment_source.h"
#include "platform/compression/gzip.h"
#include "platform/compression/zstd.h"

namespace hakoban {

// Compresses records in blocks large enough to be worth it, each a member or frame of its own. Keeps its
// tables and buffers between bodies. For one thread at a time.
class BodyWriter {
 public:
  // `level`: of both codecs, 1 to 12.
  explicit BodyWriter(int level) : gzip_(level), level_(level) {}

  // Begins a body; `extension` tells the codec (core/logs/segment_source.h).
  void begin(std::string_view extension);
  void append(std::string_view records);
  // The whole body.
  [[nodiscard]] std::string finish();

  // "gzip" or "zstd".
  [[nodiscard]] std::string_view encoding() const { return zstd_in_use_ ? "zstd" : "gzip"; }

 private:
  void compress(std::string_view block);

  GzipCompressor gzip_;
  const int level_;
  std::unique_ptr<ZstdCompressor> zstd_;  // made when first asked for
  bool zstd_in_use_ = false;
  std::string gathered_;  // records that are too few for a block
  std::string body_;
};

}  // namespace hakoban
