#include "platform/compression/gzip.h"

#include <algorithm>
#include <cstdint>
#include <stdexcept>

#include <fmt/format.h>
#include <libdeflate.h>

namespace hakoban {
namespace {

struct FreeDecompressor {
  void operator()(libdeflate_decompressor* decompressor) const { libdeflate_free_decompressor(decompressor); }
};

}  // namespace

void GzipCompressor::Free::operator()(libdeflate_compressor* compressor) const {
  libdeflate_free_compressor(compressor);
}

GzipCompressor::GzipCompressor(int level) : compressor_(libdeflate_alloc_compressor(level)) {
  if (!compressor_) throw std::invalid_argument(fmt::format("gzip has no level {}", level));
}

GzipCompressor::~GzipCompressor() = default;

void GzipCompressor::append(std::string_view block, std::string& body) {
  const auto bound = libdeflate_gzip_compress_bound(compressor_.get(), block.size());
  if (bound > scratch_bytes_) {
    scratch_ = std::make_unique_for_overwrite<char[]>(bound);
    scratch_bytes_ = bound;
  }
  const auto made =
      libdeflate_gzip_compress(compressor_.get(), block.data(), block.size(), scratch_.get(), scratch_bytes_);
  body.append(scratch_.get(), made);
}

Result<std::string> gunzip(std::string_view body, std::size_t limit_bytes) {
  const std::unique_ptr<libdeflate_decompressor, FreeDecompressor> decompressor{
      libdeflate_alloc_decompressor()};
  if (!decompressor) return Error{Errc::unavailable, "gunzip: no memory"};
  std::string text;
  std::string member;
  member.resize(std::max<std::size_t>(body.size() * 4, 4096));
  while (!body.empty()) {
    std::size_t taken = 0;
    std::size_t given = 0;
    const auto outcome = libdeflate_gzip_decompress_ex(decompressor.get(), body.data(), body.size(),
                                                       member.data(), member.size(), &taken, &given);
    const bool may_grow = member.size() <= limit_bytes;
    if (outcome == LIBDEFLATE_INSUFFICIENT_SPACE && may_grow) {
      member.resize(member.size() * 2);
      continue;
    }
    if (outcome == LIBDEFLATE_SUCCESS && text.size() + given <= limit_bytes) {
      text.append(member, 0, given);
      body.remove_prefix(taken);
      continue;
    }
    if (outcome == LIBDEFLATE_BAD_DATA) return Error{Errc::malformed, "gunzip: not gzip, or damaged"};
    return Error{Errc::invalid, fmt::format("gunzip: more than {} bytes", limit_bytes)};
  }
  return text;
}

}  // namespace hakoban
