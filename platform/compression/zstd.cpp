#include "platform/compression/zstd.h"

#include <stdexcept>

#include <fmt/format.h>
#include <zstd.h>

namespace hakoban {
namespace {

struct FreeDecompressor {
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

}  // namespace

void ZstdCompressor::Free::operator()(ZSTD_CCtx_s* context) const {
  ZSTD_freeCCtx(context);
}

ZstdCompressor::ZstdCompressor(int level) : context_(ZSTD_createCCtx()) {
  if (!context_) throw std::bad_alloc{};
  if (level < 1 || level > 19) throw std::invalid_argument(fmt::format("zstd has no level {}", level));
  ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_compressionLevel, level);
  ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_checksumFlag, 1);
}

ZstdCompressor::~ZstdCompressor() = default;

void ZstdCompressor::append(std::string_view block, std::string& body) {
  const auto before = body.size();
  body.resize(before + ZSTD_compressBound(block.size()));
  const auto made =
      ZSTD_compress2(context_.get(), body.data() + before, body.size() - before, block.data(), block.size());
  // The bound always suffices.
  if (ZSTD_isError(made) != 0) throw std::logic_error(fmt::format("zstd: {}", ZSTD_getErrorName(made)));
  body.resize(before + made);
}

Result<std::string> unzstd(std::string_view body, std::size_t limit_bytes) {
  const std::unique_ptr<ZSTD_DCtx, FreeDecompressor> context{ZSTD_createDCtx()};
  if (!context) return Error{Errc::unavailable, "unzstd: no memory"};
  std::string text;
  std::string piece(ZSTD_DStreamOutSize(), '\0');
  ZSTD_inBuffer input{body.data(), body.size(), 0};
  std::size_t wanted = 0;
  while (input.pos < input.size || wanted > 0) {
    const auto before = input.pos;
    ZSTD_outBuffer output{piece.data(), piece.size(), 0};
    wanted = ZSTD_decompressStream(context.get(), &output, &input);
    if (ZSTD_isError(wanted) != 0) return Error{Errc::malformed, "unzstd: not zstd, or damaged"};
    text.append(piece, 0, output.pos);
    if (text.size() > limit_bytes)
      return Error{Errc::invalid, fmt::format("unzstd: more than {} bytes", limit_bytes)};
    if (input.pos == before && output.pos == 0) return Error{Errc::malformed, "unzstd: it ends too early"};
  }
  return text;
}

}  // namespace hakoban
