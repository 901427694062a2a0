#include "handlers/metrics/gzip.h"

#include <memory>

#include <libdeflate.h>

namespace hakoban {
namespace {

constexpr int kCheapest = 1;

std::string_view take_trimmed(std::string_view& rest, char separator) {
  const auto end = rest.find(separator);
  auto part = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  while (part.starts_with(' ') || part.starts_with('\t')) part.remove_prefix(1);
  while (part.ends_with(' ') || part.ends_with('\t')) part.remove_suffix(1);
  return part;
}

// "q=0", "q=0.000"
bool weighs_nothing(std::string_view parameter) {
  if (!parameter.starts_with("q=0")) return false;
  return parameter.find_first_not_of("0.", 2) == std::string_view::npos;
}

}  // namespace

bool accepts_gzip(std::string_view accept_encoding) {
  while (!accept_encoding.empty()) {
    auto entry = take_trimmed(accept_encoding, ',');
    const auto coding = take_trimmed(entry, ';');
    if (coding == "gzip" || coding == "*") return !weighs_nothing(take_trimmed(entry, ';'));
  }
  return false;
}

std::optional<std::string> gzip(std::string_view text) {
  const std::unique_ptr<libdeflate_compressor, decltype(&libdeflate_free_compressor)> compressor{
      libdeflate_alloc_compressor(kCheapest), libdeflate_free_compressor};
  if (!compressor) return std::nullopt;
  std::string packed(libdeflate_gzip_compress_bound(compressor.get(), text.size()), '\0');
  const auto size =
      libdeflate_gzip_compress(compressor.get(), text.data(), text.size(), packed.data(), packed.size());
  if (size == 0) return std::nullopt;
  packed.resize(size);
  return packed;
}

}  // namespace hakoban
