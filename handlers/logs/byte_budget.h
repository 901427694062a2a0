// Bounds the memory of what is under way.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <stop_token>
#include <utility>

namespace hakoban {

// Thread-safe.
class ByteBudget {
 public:
  explicit ByteBudget(std::uint64_t bytes) : total_(bytes), free_(bytes) {}

  // A part of the budget, given back when it is destroyed.
  class Share {
   public:
    Share() = default;
    Share(ByteBudget& budget, std::uint64_t bytes) : budget_(&budget), bytes_(bytes) {}
    ~Share() { shrink_to(0); }
    Share(Share&& other) noexcept : budget_(std::exchange(other.budget_, nullptr)), bytes_(other.bytes_) {}
    Share& operator=(Share&&) = delete;

    // Gives back what is more than `bytes`.
    void shrink_to(std::uint64_t bytes) {
      if (budget_ == nullptr || bytes >= bytes_) return;
      const std::uint64_t had = std::exchange(bytes_, bytes);
      budget_->give_back(had - bytes);
    }
    [[nodiscard]] explicit operator bool() const { return budget_ != nullptr; }

   private:
    ByteBudget* budget_ = nullptr;
    std::uint64_t bytes_ = 0;
  };

  // Waits until so many bytes are free; more than there are in all counts as all. Empty when `stop` came
  // first.
  [[nodiscard]] Share take(std::uint64_t bytes, const std::stop_token& stop) {
    const auto wanted = std::min(bytes, total_);
    std::unique_lock lock{mutex_};
    if (!freed_.wait(lock, stop, [&] { return free_ >= wanted; })) return {};
    free_ -= wanted;
    return Share{*this, wanted};
  }

 private:
  void give_back(std::uint64_t bytes) {
    const std::lock_guard lock{mutex_};
    free_ += bytes;
    freed_.notify_all();
  }

  const std::uint64_t total_;
  std::mutex mutex_;
  std::condition_variable_any freed_;
  std::uint64_t free_;
};

}  // namespace hakoban
