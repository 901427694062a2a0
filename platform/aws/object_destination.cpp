#include "platform/aws/object_destination.h"

#include <algorithm>

#include <fmt/format.h>

#include "platform/aws/s3_store.h"
#include "platform/file_store.h"

namespace hakoban {
namespace {

constexpr std::string_view kS3 = "s3://";
constexpr std::string_view kFile = "file://";

// The rules of S3 that catch typing mistakes: 3 to 63 of a-z, 0-9, '.' and '-'.
bool is_bucket(std::string_view name) {
  return name.size() >= 3 && name.size() <= 63 && std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
         });
}

std::string_view without_slashes(std::string_view text) {
  while (text.starts_with('/')) text.remove_prefix(1);
  while (text.ends_with('/')) text.remove_suffix(1);
  return text;
}

}  // namespace

Result<ObjectDestination> parse_object_destination(std::string_view text) {
  if (text.starts_with(kFile) && text.substr(kFile.size()).starts_with('/'))
    return ObjectDestination{std::filesystem::path{text.substr(kFile.size())}, {}, {}};
  if (text.starts_with(kS3)) {
    const auto rest = text.substr(kS3.size());
    const auto slash = std::min(rest.find('/'), rest.size());
    if (is_bucket(rest.substr(0, slash)))
      return ObjectDestination{
          {}, std::string{rest.substr(0, slash)}, std::string{without_slashes(rest.substr(slash))}};
  }
  return Error{Errc::invalid, fmt::format("'{}' is not s3://BUCKET/PREFIX or file:///FOLDER", text)};
}

std::unique_ptr<ObjectStore> open_store(const ObjectDestination& destination, AwsClient& aws,
                                        const S3Options& options) {
  if (!destination.folder.empty()) return std::make_unique<FileStore>(destination.folder);
  S3StoreConfig config;
  config.bucket = destination.bucket;
  config.prefix = destination.prefix;
  if (options.path_style != "auto") config.path_style = options.path_style == "on";
  config.storage_class = options.storage_class;
  config.encryption = options.encryption;
  config.kms_key_id = options.kms_key_id;
  return std::make_unique<S3Store>(aws, std::move(config));
}

}  // namespace hakoban
