#include "platform/file_reader.h"

#include <algorithm>

#include "platform/files.h"

namespace hakoban {
namespace {

constexpr std::size_t kLargest = 256 << 20;

}  // namespace

Result<std::string> FileReader::get(const std::string& key, const std::stop_token&) {
  return read_file(root_ / key, kLargest);
}

Result<std::vector<std::string>> FileReader::list(const std::string& prefix, const std::stop_token&) {
  std::vector<std::string> keys;
  std::error_code failure;
  for (const auto& entry : std::filesystem::directory_iterator{root_ / prefix, failure}) {
    if (entry.is_regular_file(failure)) keys.push_back(prefix + entry.path().filename().string());
  }
  const bool absent = failure == std::errc::no_such_file_or_directory;
  if (failure && !absent)
    return Error{Errc::unavailable, (root_ / prefix).string() + ": " + failure.message()};
  std::sort(keys.begin(), keys.end());
  return keys;
}

}  // namespace hakoban
