// FolderWatch by inotify(7).
#pragma once

#include <string>

#include "platform/folder_watch.h"

namespace hakoban {

class InotifyWatch final : public FolderWatch {
 public:
  // Only names that end so count; "" for all.
  explicit InotifyWatch(std::string name_suffix);
  ~InotifyWatch() override;
  InotifyWatch(const InotifyWatch&) = delete;
  InotifyWatch& operator=(const InotifyWatch&) = delete;

  // add() and wait() by the same thread.
  [[nodiscard]] Result<void> add(const std::filesystem::path& folder) override;
  bool wait(Duration patience, const std::stop_token& stop) override;

 private:
  [[nodiscard]] bool drain_events();

  const std::string name_suffix_;
  int events_ = -1;  // inotify; -1 when the kernel gave none: wait() then only waits
  int wake_ = -1;    // eventfd, written when a stop is requested
};

}  // namespace hakoban
