// Word of new files in folders. A hint only: who waits on it looks for itself, and polls too.
#pragma once

#include <cstdint>
#include <filesystem>
#include <stop_token>

#include "core/result.h"
#include "core/time.h"

namespace hakoban {

class FolderWatch {
 public:
  virtual ~FolderWatch() = default;

  // From now on a file made in, or moved into, `folder` ends wait(). Errors: not_found, denied, unavailable
  // (the kernel's limit of watches). A second add is a success. A folder that is deleted is forgotten.
  [[nodiscard]] virtual Result<void> add(const std::filesystem::path& folder) = 0;

  // How often a file of that name was made in, or moved into, its folder since the folder was added; 0 for a
  // folder that is not watched. Same thread as wait().
  [[nodiscard]] virtual std::uint64_t births(const std::filesystem::path& file) = 0;

  // Returns true when something came, false after `patience` or on `stop`. For one thread at a time.
  virtual bool wait(Duration patience, const std::stop_token& stop) = 0;
};

}  // namespace hakoban
