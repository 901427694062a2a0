#include "core/logs/record_decoder.h"

#include <array>
#include <utility>

#include "core/logs/local_decoder.h"

namespace hakoban {
namespace {

using namespace std::string_view_literals;

constexpr std::array kNames{std::pair{LogFileFormat::json_file, "json-file"sv},
                            std::pair{LogFileFormat::docker_local, "docker-local"sv}};

}  // namespace

std::string_view name_of(LogFileFormat format) {
  for (const auto& [each, name] : kNames) {
    if (each == format) return name;
  }
  return "unknown";
}

std::optional<LogFileFormat> log_file_format(std::string_view name) {
  for (const auto& [format, each] : kNames) {
    if (each == name) return format;
  }
  return std::nullopt;
}

const RecordDecoder* decoder_of(LogFileFormat format) {
  static const LocalDecoder local;
  switch (format) {
    case LogFileFormat::json_file:
      return nullptr;
    case LogFileFormat::docker_local:
      return &local;
  }
  return nullptr;
}

}  // namespace hakoban
