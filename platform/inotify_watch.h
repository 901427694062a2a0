// FolderWatch by inotify(7).
#pragma once

#include <functional>
#include <map>
#include <string>
#include <sys/inotify.h>

#include "platform/folder_watch.h"

namespace hakoban {

class InotifyWatch final : public FolderWatch {
 public:
  // Only names that end so end a wait, and have their births counted; "" for all.
  explicit InotifyWatch(std::string name_suffix);
  ~InotifyWatch() override;
  InotifyWatch(const InotifyWatch&) = delete;
  InotifyWatch& operator=(const InotifyWatch&) = delete;

  // add(), births() and wait() by the same thread.
  [[nodiscard]] Result<void> add(const std::filesystem::path& folder) override;
  [[nodiscard]] std::uint64_t births(const std::filesystem::path& file) override;
  bool wait(Duration patience, const std::stop_token& stop) override;

 private:
  struct Folder {
    std::string path;
    std::map<std::string, std::uint64_t, std::less<>> births;  // by name
  };

  [[nodiscard]] bool drain_events();
  [[nodiscard]] bool note(const inotify_event& event);

  const std::string name_suffix_;
  int events_ = -1;                // inotify; -1 when the kernel gave none: wait() then only waits
  int wake_ = -1;                  // eventfd, written when a stop is requested
  std::map<int, Folder> folders_;  // by watch descriptor
  std::map<std::string, int, std::less<>> watches_;
  bool missed_ = false;  // births() took an event that the next wait() has to tell of
};

}  // namespace hakoban
