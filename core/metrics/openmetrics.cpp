#include "core/metrics/openmetrics.h"

#include <algorithm>
#include <array>

namespace hakoban {
namespace {

constexpr std::string_view kHelp = "# HELP ";
constexpr std::string_view kType = "# TYPE ";

// What is left after "# HELP " or "# TYPE ": a name, a blank, the rest.
struct Header {
  std::string_view name;
  std::string_view rest;
};

Header split(std::string_view line) {
  const auto blank = std::min(line.find(' '), line.size());
  return {line.substr(0, blank), line.substr(std::min(blank + 1, line.size()))};
}

std::string_view without(std::string_view name, std::string_view suffix) {
  return name.ends_with(suffix) ? name.substr(0, name.size() - suffix.size()) : name;
}

// Quotes are escaped in OpenMetrics's HELP, and are not in the text format's.
void append_help(std::string& text, std::string_view help) {
  for (const char c : help) {
    if (c == '"') text += '\\';
    text += c;
  }
}

std::string_view unit_of(std::string_view family) {
  constexpr std::array<std::string_view, 4> kUnits{"_seconds", "_bytes", "_ratio", "_celsius"};
  const auto found = std::find_if(kUnits.begin(), kUnits.end(),
                                  [&](std::string_view unit) { return family.ends_with(unit); });
  return found == kUnits.end() ? std::string_view{} : found->substr(1);
}

std::string& metadata(std::string& text, std::string_view keyword, std::string_view family) {
  return text.append(keyword).append(family).append(" ");
}

// TYPE, UNIT and HELP of a family.
void append_headers(std::string& text, const Header& help, const Header& type) {
  auto family = type.name;
  auto kind = type.rest;
  if (kind == "counter") {
    family = without(type.name, "_total");
    if (family == type.name) kind = "unknown";
  } else if (kind == "untyped") {
    kind = "unknown";
  } else if (kind == "gauge" && type.name.ends_with("_info")) {
    family = without(type.name, "_info");
    kind = "info";
  }
  metadata(text, kType, family).append(kind) += '\n';
  const auto unit = kind == "info" ? std::string_view{} : unit_of(family);
  if (!unit.empty()) metadata(text, "# UNIT ", family).append(unit) += '\n';
  if (help.name != type.name) return;
  append_help(metadata(text, kHelp, family), help.rest);
  text += '\n';
}

// Samples of which some hold a bound: le="5" becomes le="5.0".
void append_bounded(std::string& text, std::string_view block, std::string_view label) {
  while (!block.empty()) {
    const auto line = block.substr(0, std::min(block.find('\n'), block.size() - 1) + 1);
    block.remove_prefix(line.size());
    const auto found = line.rfind(label);  // it is the last one
    const auto end = found == std::string_view::npos ? found : line.find('"', found + label.size());
    if (end == std::string_view::npos) {
      text.append(line);
      continue;
    }
    const auto bound = line.substr(found + label.size(), end - found - label.size());
    const bool whole = bound.find_first_not_of("-0123456789") == std::string_view::npos;
    text.append(line.substr(0, end)).append(whole ? ".0" : "").append(line.substr(end));
  }
}

// Where the samples that begin here end: before the next line that begins with '#'.
std::size_t end_of_samples(std::string_view page) {
  if (page.starts_with('#')) return 0;
  const auto next = page.find("\n#");
  return next == std::string_view::npos ? page.size() : next + 1;
}

}  // namespace

void OpenMetricsRewriter::append(std::string_view part, std::string& text) {
  while (!part.empty()) {
    if (const auto size = end_of_samples(part); size > 0) {
      const auto samples = part.substr(0, size);
      part.remove_prefix(size);
      if (kind_ == "histogram" || kind_ == "summary")
        append_bounded(text, samples, kind_ == "histogram" ? "le=\"" : "quantile=\"");
      else
        text.append(samples);
      continue;
    }
    const auto line = part.substr(0, part.find('\n'));
    part.remove_prefix(std::min(line.size() + 1, part.size()));
    if (line.starts_with(kHelp)) help_ = line.substr(kHelp.size());
    if (!line.starts_with(kType)) continue;
    const auto type = split(line.substr(kType.size()));
    append_headers(text, split(help_), type);
    kind_ = type.rest;
  }
}

}  // namespace hakoban
