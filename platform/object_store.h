// Where log objects go: S3 (platform/aws/s3_store.h) or a local folder (platform/file_store.h).
#pragma once

#include <stop_token>
#include <string>
#include <string_view>

#include "core/result.h"

namespace hakoban {

struct ObjectMeta {
  std::string_view content_type = "application/octet-stream";
  std::string_view content_encoding;  // "" or "gzip", "zstd"
  bool if_absent = false;             // fail with `exists` rather than replace, where the store can tell
};

class ObjectStore {
 public:
  virtual ~ObjectStore() = default;

  // Stores the object whole, or not at all, under `key` (relative, '/' between its parts; the store adds its
  // own prefix). A second put of the same key replaces it. Success means durable. Errors: unavailable,
  // timeout, throttled, denied, invalid, exists, cancelled. Retries are the caller's. Thread-safe.
  [[nodiscard]] virtual Result<void> put(std::string_view key, std::string_view body, const ObjectMeta& meta,
                                         const std::stop_token& stop) = 0;

  // "s3://bucket/prefix", "file:///folder": for logs and --check-config.
  [[nodiscard]] virtual std::string name() const = 0;
};

}  // namespace hakoban
