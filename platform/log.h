// Structured log lines: one event, then key=value. Never give a secret (credential, token, signature) to it.
//
//   log::info("container instance set draining", {{"cluster", cluster}, {"after", as_seconds(took)}});
//   2026-11-23T20:52:58.305Z info "container instance set draining" cluster=prod after=0.213
#pragma once

#include <concepts>
#include <initializer_list>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "core/result.h"

namespace hakoban::log {

enum class Level { debug, info, warn, error };
enum class Format { logfmt, json };

struct Field {
  std::string_view key;
  std::string value;

  Field(std::string_view name, std::string_view text) : key(name), value(text) {}
  Field(std::string_view name, const std::string& text) : key(name), value(text) {}
  Field(std::string_view name, const char* text) : key(name), value(text) {}
  Field(std::string_view name, const Error& error) : key(name), value(error.what) {}
  Field(std::string_view name, bool yes) : key(name), value(yes ? "true" : "false") {}
  template <class Number>
  requires(std::integral<Number> || std::floating_point<Number>) Field(std::string_view name, Number number)
      : key(name), value(fmt::format("{}", number)) {}
};
using Fields = std::initializer_list<Field>;

// Where and how lines go. Call once, before threads start; without it lines of level info go to stdout as
// logfmt. Lines go to standard output, which systemd hands to the journal.
void configure(Level level, Format format);

[[nodiscard]] Result<Level> parse_level(std::string_view text);
[[nodiscard]] Result<Format> parse_format(std::string_view text);

// Thread-safe. Field values are escaped, so that one event is always one line.
void write(Level level, std::string_view event, Fields fields = {});

inline void debug(std::string_view event, Fields fields = {}) {
  write(Level::debug, event, fields);
}
inline void info(std::string_view event, Fields fields = {}) {
  write(Level::info, event, fields);
}
inline void warn(std::string_view event, Fields fields = {}) {
  write(Level::warn, event, fields);
}
inline void error(std::string_view event, Fields fields = {}) {
  write(Level::error, event, fields);
}

}  // namespace hakoban::log
