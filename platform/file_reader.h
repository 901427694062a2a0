// ObjectReader of a local folder, as FileStore fills it.
#pragma once

#include <filesystem>
#include <utility>

#include "platform/object_reader.h"

namespace hakoban {

class FileReader final : public ObjectReader {
 public:
  explicit FileReader(std::filesystem::path root) : root_(std::move(root)) {}

  [[nodiscard]] Result<std::string> get(const std::string& key, const std::stop_token& stop) override;
  // `prefix` ends with '/'.
  [[nodiscard]] Result<std::vector<std::string>> list(const std::string& prefix,
                                                      const std::stop_token& stop) override;

 private:
  const std::filesystem::path root_;
};

}  // namespace hakoban
