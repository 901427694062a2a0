// gzip (RFC 1952) in one member, of a text that comes in parts. By Intel's ISA-L at its level 1: as small as
// libdeflate's level 1, at a third of its cost, and libdeflate wants the whole text at once.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace hakoban {

// Holds about 450 KB until it ends. For one thread.
class GzipStream {
 public:
  GzipStream();
  ~GzipStream();
  GzipStream(const GzipStream&) = delete;
  GzipStream& operator=(const GzipStream&) = delete;

  // Appends to `body` what is ready by now; some of it may come later.
  void append(std::string_view text, std::string& body);

  // Appends the rest. Once, and nothing after it.
  void end(std::string& body);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace hakoban
