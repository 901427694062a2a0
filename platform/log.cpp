#include "platform/log.h"

#include <memory>

#include <nlohmann/json.hpp>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "core/time.h"

namespace hakoban::log {
namespace {

struct State {
  std::shared_ptr<spdlog::logger> logger = make();
  Format format = Format::logfmt;

  static std::shared_ptr<spdlog::logger> make() {
    auto made =
        std::make_shared<spdlog::logger>("hakoban", std::make_shared<spdlog::sinks::stdout_sink_mt>());
    made->set_formatter(std::make_unique<spdlog::pattern_formatter>("%v", spdlog::pattern_time_type::utc));
    made->set_level(spdlog::level::info);
    made->flush_on(spdlog::level::debug);
    return made;
  }
};

// The process has one log; this is the one global of the tree.
State& state() {
  static State the_state;
  return the_state;
}

spdlog::level::level_enum to_spdlog(Level level) {
  switch (level) {
    case Level::debug:
      return spdlog::level::debug;
    case Level::info:
      return spdlog::level::info;
    case Level::warn:
      return spdlog::level::warn;
    case Level::error:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

std::string_view name_of(Level level) {
  switch (level) {
    case Level::debug:
      return "debug";
    case Level::info:
      return "info";
    case Level::warn:
      return "warn";
    case Level::error:
      return "error";
  }
  return "info";
}

bool needs_quotes(std::string_view text) {
  if (text.empty()) return true;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= ' ' || c == '"' || c == '=' || c == '\\' || byte == 0x7f) return true;
  }
  return false;
}

std::string json_quoted(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string as_logfmt(std::string_view time, Level level, std::string_view event, Fields fields) {
  std::string line = fmt::format("{} {} {}", time, name_of(level), json_quoted(event));
  for (const auto& field : fields) {
    line +=
        fmt::format(" {}={}", field.key, needs_quotes(field.value) ? json_quoted(field.value) : field.value);
  }
  return line;
}

std::string as_json(std::string_view time, Level level, std::string_view event, Fields fields) {
  nlohmann::ordered_json object{{"time", time}, {"level", name_of(level)}, {"event", event}};
  for (const auto& field : fields) object[std::string{field.key}] = field.value;
  return object.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace

void configure(Level level, Format format) {
  state().logger->set_level(to_spdlog(level));
  state().format = format;
}

Result<Level> parse_level(std::string_view text) {
  for (const auto level : {Level::debug, Level::info, Level::warn, Level::error}) {
    if (text == name_of(level)) return level;
  }
  return Error{Errc::invalid, fmt::format("'{}' is not debug, info, warn or error", text)};
}

Result<Format> parse_format(std::string_view text) {
  if (text == "logfmt") return Format::logfmt;
  if (text == "json") return Format::json;
  return Error{Errc::invalid, fmt::format("'{}' is not logfmt or json", text)};
}

void write(Level level, std::string_view event, Fields fields) {
  auto& [logger, format] = state();
  if (!logger->should_log(to_spdlog(level))) return;
  const auto time = format_rfc3339(std::chrono::system_clock::now());
  logger->log(
      to_spdlog(level), "{}",
      format == Format::json ? as_json(time, level, event, fields) : as_logfmt(time, level, event, fields));
}

}  // namespace hakoban::log
