// ObjectStore in a local folder: the default destination, and what a host without AWS gets.
#pragma once

#include <filesystem>
#include <string>

#include "platform/object_store.h"

namespace hakoban {

// Keys become paths below the root. Written beside, fsynced and renamed: an object is whole or not there.
// Thread-safe for different keys.
class FileStore final : public ObjectStore {
 public:
  explicit FileStore(std::filesystem::path root);

  // Errors: invalid (a key that would leave the root), denied, unavailable (disk full, I/O).
  [[nodiscard]] Result<void> put(std::string_view key, std::string_view body, const ObjectMeta& meta,
                                 const std::stop_token& stop) override;
  [[nodiscard]] std::string name() const override;

 private:
  [[nodiscard]] Result<void> ensure_folder(const std::filesystem::path& folder);

  const std::filesystem::path root_;
};

}  // namespace hakoban
