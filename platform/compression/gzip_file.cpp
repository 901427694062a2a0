#include "platform/compression/gzip_file.h"

#include <algorithm>
#include <stdexcept>
#include <utility>
#include <vector>

#include <zlib.h>

namespace hakoban {
namespace {

constexpr std::size_t kInput = 64 << 10;
constexpr std::size_t kSkip = 64 << 10;
constexpr std::uint64_t kSmallest = 18;  // header and trailer
constexpr int kGzipWindow = 15 + 16;     // zlib's way to ask for gzip

}  // namespace

// Where the decompressor stands.
struct GzipFile::Stream {
  Stream() : input(kInput), skipped(kSkip) {
    if (::inflateInit2(&state, kGzipWindow) != Z_OK) throw std::runtime_error("zlib has no memory");
  }
  ~Stream() { ::inflateEnd(&state); }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  void rewind() {
    ::inflateReset(&state);
    state.avail_in = 0;
    at = read = 0;
    ended = false;
  }
  Result<std::size_t> read_on(const ReadableFile& file, char* into, std::size_t size);

  std::mutex mutex;
  z_stream state{};
  std::vector<unsigned char> input;
  std::vector<char> skipped;
  std::uint64_t at = 0;    // uncompressed bytes given
  std::uint64_t read = 0;  // compressed bytes read
  bool ended = false;      // or damaged
};

Result<std::size_t> GzipFile::Stream::read_on(const ReadableFile& file, char* into, std::size_t size) {
  state.next_out = reinterpret_cast<unsigned char*>(into);
  state.avail_out = static_cast<unsigned>(size);
  while (state.avail_out > 0 && !ended) {
    if (state.avail_in == 0) {
      const auto count = file.read_at(read, reinterpret_cast<char*>(input.data()), input.size());
      if (!count) return count.error();
      read += *count;
      state.next_in = input.data();
      state.avail_in = static_cast<unsigned>(*count);
      ended = *count == 0;
    }
    const int outcome = ::inflate(&state, Z_NO_FLUSH);
    if (outcome == Z_STREAM_END) {
      // Another member may follow.
      ended = ended || ::inflateReset(&state) != Z_OK;
    } else if (outcome != Z_OK) {
      ended = true;
    }
  }
  const auto given = size - state.avail_out;
  at += given;
  return given;
}

GzipFile::GzipFile(ReadableFile file, std::uint64_t size)
    : file_(std::move(file)), size_(size), stream_(std::make_unique<Stream>()) {}
GzipFile::~GzipFile() = default;
GzipFile::GzipFile(GzipFile&&) noexcept = default;
GzipFile& GzipFile::operator=(GzipFile&&) noexcept = default;

Result<GzipFile> GzipFile::open(const std::filesystem::path& path) {
  auto file = ReadableFile::open(path);
  if (!file) return file.error();
  const auto status = file->status();
  if (!status) return status.error().within(path.string());
  if (status->size < kSmallest) return Error{Errc::malformed, path.string() + " is too short for gzip"};
  unsigned char trailer[4] = {};
  const auto count =
      file->read_at(status->size - sizeof trailer, reinterpret_cast<char*>(trailer), sizeof trailer);
  if (!count) return count.error().within(path.string());
  std::uint64_t size = 0;
  for (int byte = 3; byte >= 0; --byte) size = size << 8U | trailer[byte];
  return GzipFile{std::move(*file), size};
}

Result<FileStatus> GzipFile::status() const {
  auto status = file_.status();
  if (status) status->size = size_;
  return status;
}

Result<std::size_t> GzipFile::read_at(std::uint64_t offset, char* into, std::size_t size) const {
  const std::lock_guard lock{stream_->mutex};
  if (offset < stream_->at) stream_->rewind();
  while (stream_->at < offset) {
    const auto step = std::min<std::uint64_t>(offset - stream_->at, stream_->skipped.size());
    const auto skipped = stream_->read_on(file_, stream_->skipped.data(), step);
    if (!skipped) return skipped.error();
    if (*skipped < step) return 0;
  }
  return stream_->read_on(file_, into, size);
}

}  // namespace hakoban
