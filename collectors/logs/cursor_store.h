// The cursors on disk: one small JSON file for each container, "<container id>.json", with a version.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/logs/log_cursor.h"
#include "core/result.h"

namespace hakoban {

// {"version":1,"container":…,"log_path":…,"below_rootfs":…,"format":…,"place":{…},"totals":{…},
// "generations":[…],"plans":[…],"gaps":[…]}. Hashes are hexadecimal text: JSON's numbers do not hold 64 bits
// everywhere. Of an older program's file below_rootfs, format, totals and gaps may be missing.
[[nodiscard]] std::string encode_cursor(const LogCursor& cursor);

// Errors: malformed (not JSON, a field missing or of another type), invalid (another version or format).
[[nodiscard]] Result<LogCursor> decode_cursor(std::string_view text);

struct LoadedCursors {
  std::vector<LogCursor> cursors;
  std::vector<Error> put_aside;  // files that could not be read; they are in the folder "aside" now
};

// Thread-safe, but for two calls about the same container.
class CursorStore {
 public:
  explicit CursorStore(std::filesystem::path folder);

  // All that an earlier process left. A folder that does not exist yet is empty.
  [[nodiscard]] LoadedCursors load_all() const;

  // Durable when it succeeds. Errors: denied, unavailable (disk full).
  [[nodiscard]] Result<void> save(const LogCursor& cursor) const;

  [[nodiscard]] Result<void> remove(const std::string& container_id) const;

 private:
  [[nodiscard]] std::filesystem::path path_of(const std::string& container_id) const;

  const std::filesystem::path folder_;
};

}  // namespace hakoban
