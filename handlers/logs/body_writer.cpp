#include "handlers/logs/body_writer.h"

#include <utility>

namespace hakoban {
namespace {

constexpr std::size_t kBlock = 256 << 10;
// Fewer are gathered with those that follow.
constexpr std::size_t kWorthABlock = 128 << 10;

}  // namespace

void BodyWriter::begin(std::string_view extension) {
  zstd_in_use_ = extension == kZstdExtension;
  if (zstd_in_use_ && !zstd_) zstd_ = std::make_unique<ZstdCompressor>(level_);
  gathered_.clear();
  body_.clear();
}

void BodyWriter::append(std::string_view records) {
  if (gathered_.empty() && records.size() >= kWorthABlock) return compress(records);
  gathered_.append(records);
  if (gathered_.size() < kBlock) return;
  compress(gathered_);
  gathered_.clear();
}

std::string BodyWriter::finish() {
  if (!gathered_.empty()) compress(gathered_);
  gathered_.clear();
  return std::exchange(body_, {});
}

void BodyWriter::compress(std::string_view block) {
  if (zstd_in_use_) {
    zstd_->append(block, body_);
  } else {
    gzip_.append(block, body_);
  }
}

}  // namespace hakoban
