#include "platform/compression/gzip_stream.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <isa-l/igzip_lib.h>
#include <stdexcept>

#include <fmt/format.h>

namespace hakoban {

struct GzipStream::State {
  isal_zstream stream;
  std::array<std::uint8_t, ISAL_DEF_LVL1_DEFAULT> matches;
  std::array<std::uint8_t, 32 << 10> out;

  State() {  // not the arrays: they need no zeros
    isal_deflate_init(&stream);
    stream.level = 1;
    stream.level_buf = matches.data();
    stream.level_buf_size = static_cast<std::uint32_t>(matches.size());
    stream.gzip_flag = IGZIP_GZIP;
  }

  // Goes on as long as the room for what is ready is used up.
  void run(std::string_view text, bool last, std::string& body) {
    // ISA-L only reads from it.
    stream.next_in = const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(text.data()));
    stream.avail_in = static_cast<std::uint32_t>(text.size());
    stream.end_of_stream = last ? 1 : 0;
    do {
      stream.next_out = out.data();
      stream.avail_out = static_cast<std::uint32_t>(out.size());
      if (const int failed = isal_deflate(&stream); failed != COMP_OK)
        throw std::logic_error(fmt::format("gzip: ISA-L says {}", failed));  // of a wrong call
      body.append(reinterpret_cast<const char*>(out.data()), out.size() - stream.avail_out);
    } while (stream.avail_out == 0);
  }
};

GzipStream::GzipStream() : state_(new State) {}

GzipStream::~GzipStream() = default;

void GzipStream::append(std::string_view text, std::string& body) {
  constexpr std::size_t kAtOnce = 1 << 30;  // ISA-L counts in 32 bits
  for (; !text.empty(); text.remove_prefix(std::min(text.size(), kAtOnce)))
    state_->run(text.substr(0, kAtOnce), false, body);
}

void GzipStream::end(std::string& body) {
  state_->run({}, true, body);
}

}  // namespace hakoban
