#include "collectors/metrics/layer_walker.h"

#include <condition_variable>
#include <deque>
#include <filesystem>
#include <map>
#include <mutex>
#include <set>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <thread>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>

#include "core/metrics/label_block.h"
#include "core/metrics/layer_place.h"
#include "platform/files.h"

namespace hakoban {
namespace {

namespace fs = std::filesystem;

// Bytes on disk below `folder`, a file with several names once, without crossing into another file system.
// Nothing: too many files, stopped, or not to be read.
Reading bytes_below(const fs::path& folder, std::size_t most, const std::stop_token& stop) {
  struct stat top {};
  if (::lstat(folder.c_str(), &top) != 0) return std::nullopt;
  std::uint64_t blocks = static_cast<std::uint64_t>(top.st_blocks);
  std::set<ino_t> linked;
  std::size_t seen = 0;
  std::error_code failed;
  fs::recursive_directory_iterator at{folder, failed};
  for (; !failed && at != fs::recursive_directory_iterator{}; at.increment(failed)) {
    struct stat told {};
    if (++seen > most || stop.stop_requested()) return std::nullopt;
    if (::lstat(at->path().c_str(), &told) != 0) continue;  // removed meanwhile
    if (told.st_dev != top.st_dev) {
      at.disable_recursion_pending();
      continue;
    }
    if (!S_ISDIR(told.st_mode) && told.st_nlink > 1 && !linked.insert(told.st_ino).second) continue;
    blocks += static_cast<std::uint64_t>(told.st_blocks);
  }
  // A folder that went away under the walk ends it early: half a size would be a wrong one.
  return failed ? std::nullopt : Reading{blocks * 512};
}

}  // namespace

class LayerWalker::Impl {
 public:
  Impl(HostPaths paths, LayerWalkerConfig config) : paths_(std::move(paths)), config_(std::move(config)) {}

  std::optional<LayerUsage> of(const std::string& container, int pid, SteadyPoint now) {
    const std::lock_guard lock{mutex_};
    auto& entry = entries_[container];
    entry.asked = true;
    const bool fresh = entry.asked_at && now - *entry.asked_at < config_.interval && entry.pid == pid;
    if (!fresh) {
      entry.asked_at = now;
      entry.pid = pid;
      waiting_.push_back(container);
      if (!thread_.joinable()) thread_ = std::jthread{[this](const std::stop_token& stop) { work(stop); }};
      changed_.notify_all();
    }
    return entry.usage;
  }

  void forget_others() {
    const std::lock_guard lock{mutex_};
    std::erase_if(entries_, [](auto& entry) { return !entry.second.asked; });
    for (auto& [id, entry] : entries_) entry.asked = false;
  }

  void finish() {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [this] { return waiting_.empty() && !walking_; });
  }

 private:
  struct Entry {
    bool asked = true;
    int pid = 0;
    std::optional<SteadyPoint> asked_at;
    std::optional<LayerUsage> usage;
  };

  void work(const std::stop_token& stop) {
    ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), 19);
    std::unique_lock lock{mutex_};
    while (changed_.wait(lock, stop, [this] { return !waiting_.empty(); }), !stop.stop_requested()) {
      const auto container = std::move(waiting_.front());
      waiting_.pop_front();
      const auto found = entries_.find(container);
      if (found == entries_.end()) continue;
      const int pid = found->second.pid;
      walking_ = true;
      lock.unlock();
      auto usage = look(pid, stop);
      lock.lock();
      walking_ = false;
      if (const auto still = entries_.find(container); still != entries_.end())
        still->second.usage = std::move(usage);
      changed_.notify_all();
    }
  }

  [[nodiscard]] std::optional<LayerUsage> look(int pid, const std::stop_token& stop) const {
    const auto own = read_file(paths_.procfs / fmt::to_string(pid) / "mountinfo");
    const auto upper = own ? upper_folder(*own) : std::nullopt;
    const auto host = read_file(paths_.procfs / "1/mountinfo");
    if (!upper || !host) return std::nullopt;
    const auto folder = config_.rootfs == "/" ? *upper : config_.rootfs + *upper;
    struct statvfs told {};
    if (::statvfs(folder.c_str(), &told) != 0) return std::nullopt;
    LayerUsage usage;
    usage.device = LabelBlock{}.add("device", device_holding(*upper, *host)).text();
    usage.limit_bytes = told.f_blocks * told.f_frsize;
    usage.inodes = told.f_files;
    usage.inodes_free = told.f_ffree;
    usage.usage_bytes = bytes_below(folder, config_.most_files, stop);
    return usage;
  }

  const HostPaths paths_;
  const LayerWalkerConfig config_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable_any changed_;
  std::map<std::string, Entry> entries_;
  std::deque<std::string> waiting_;
  bool walking_ = false;
  std::jthread thread_;  // last: it uses all above
};

LayerWalker::LayerWalker(HostPaths paths, LayerWalkerConfig config)
    : impl_(std::make_unique<Impl>(std::move(paths), std::move(config))) {}

LayerWalker::~LayerWalker() = default;

std::optional<LayerUsage> LayerWalker::of(const std::string& container, int pid, SteadyPoint now) {
  return impl_->of(container, pid, now);
}

void LayerWalker::forget_others() {
  impl_->forget_others();
}

void LayerWalker::finish() {
  impl_->finish();
}

}  // namespace hakoban
