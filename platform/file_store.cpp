#include "platform/file_store.h"

#include <fcntl.h>
#include <unistd.h>

#include <fmt/format.h>

#include "platform/files.h"

namespace hakoban {
namespace {

// A folder's entry in its parent is durable only once the parent is synced.
bool sync_folder(const std::filesystem::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return false;
  const bool synced = ::fsync(descriptor) == 0;
  ::close(descriptor);
  return synced;
}

bool stays_below(const std::filesystem::path& key) {
  if (key.empty() || key.is_absolute() || !key.has_filename()) return false;
  for (const auto& part : key) {
    if (part == ".." || part == ".") return false;
  }
  return true;
}

}  // namespace

FileStore::FileStore(std::filesystem::path root) : root_(std::move(root)) {}

Result<void> FileStore::put(std::string_view key, std::string_view body, const ObjectMeta&,
                            const std::stop_token& stop) {
  if (stop.stop_requested()) return Error{Errc::cancelled, fmt::format("storing {}: stopping", key)};
  if (!stays_below(key)) return Error{Errc::invalid, fmt::format("storing {}: not a key", key)};
  const auto path = root_ / key;
  const auto context = fmt::format("storing {}", key);
  if (auto made = ensure_folder(path.parent_path()); !made) return made.error().within(context);
  auto stored = replace_file(path, body, 0640);
  if (!stored) return stored.error().within(context);
  return {};
}

Result<void> FileStore::ensure_folder(const std::filesystem::path& folder) {
  std::error_code failure;
  if (std::filesystem::is_directory(folder, failure)) return {};
  if (folder.has_parent_path() && folder.parent_path() != folder) {
    if (auto made = ensure_folder(folder.parent_path()); !made) return made;
  }
  std::filesystem::create_directory(folder, failure);
  if (failure) {
    const bool denied =
        failure == std::errc::permission_denied || failure == std::errc::read_only_file_system;
    return Error{denied ? Errc::denied : Errc::unavailable,
                 fmt::format("making folder {}: {}", folder.string(), failure.message())};
  }
  if (!sync_folder(folder.parent_path()))
    return Error{Errc::unavailable, fmt::format("syncing folder {}", folder.parent_path().string())};
  return {};
}

std::string FileStore::name() const {
  return fmt::format("file://{}", root_.string());
}

}  // namespace hakoban
