// Where metrics are written: Prometheus text in blocks of whole lines. A page of megabytes never stands in
// memory as a whole: a full block is handed on while the next one is written, and its memory comes back,
// still in the CPU's cache.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

namespace hakoban {

struct TextBlock {
  std::unique_ptr<char[]> bytes;
  std::size_t capacity = 0;
  std::size_t size = 0;  // written so far

  [[nodiscard]] std::string_view text() const { return {bytes.get(), size}; }
};

inline constexpr std::size_t kTextBlockBytes = 128 << 10;

// Room for at least `capacity` bytes, none written.
[[nodiscard]] TextBlock make_text_block(std::size_t capacity);

// Where full blocks go and empty ones come from.
class BlockOutlet {
 public:
  virtual ~BlockOutlet() = default;
  // Whole lines; or nothing at all, in a block that is given back.
  virtual void pass_on(TextBlock block) = 0;
  [[nodiscard]] virtual TextBlock take() = 0;
};

// For one thread.
class PageText {
 public:
  PageText() = default;  // hands nothing on: text() is all of it
  // `outlet` must outlive it.
  explicit PageText(BlockOutlet& outlet) : outlet_(&outlet) {}
  PageText(const PageText&) = delete;
  PageText& operator=(const PageText&) = delete;

  // Room for `size` bytes in one piece, to write whole lines into. Until wrote() they are not part of the
  // text.
  [[nodiscard]] char* room(std::size_t size) {
    if (block_.capacity - block_.size < size) make_room(size);
    return block_.bytes.get() + block_.size;
  }
  void wrote(const char* end) { block_.size = static_cast<std::size_t>(end - block_.bytes.get()); }

  // `lines`: whole lines.
  void append(std::string_view lines);

  // Hands on what is left.
  void flush();

  // What has not been handed on.
  [[nodiscard]] std::string_view text() const { return block_.text(); }

 private:
  void make_room(std::size_t size);

  BlockOutlet* outlet_ = nullptr;  // null: there is none
  TextBlock block_;
};

}  // namespace hakoban
