#include "core/metrics/openmetrics.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

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

// New text, and the samples behind it that stay as they are.
struct Piece {
  std::string text;
  std::size_t kept_from = 0;
  std::size_t kept_size = 0;
};

std::vector<Piece> pieces_of(std::string_view page) {
  std::vector<Piece> pieces(1);
  Header help;
  std::string_view kind;
  for (std::size_t at = 0; at < page.size();) {
    const auto rest = page.substr(at);
    if (const auto size = end_of_samples(rest); size > 0) {
      at += size;
      if (kind == "histogram" || kind == "summary") {
        const auto label = kind == "histogram" ? "le=\"" : "quantile=\"";
        append_bounded(pieces.back().text, rest.substr(0, size), label);
        continue;
      }
      pieces.back().kept_from = at - size;
      pieces.back().kept_size = size;
      pieces.emplace_back();
      continue;
    }
    const auto line = rest.substr(0, rest.find('\n'));
    at += std::min(line.size() + 1, rest.size());
    if (line.starts_with(kHelp)) help = split(line.substr(kHelp.size()));
    if (!line.starts_with(kType)) continue;
    const auto type = split(line.substr(kType.size()));
    append_headers(pieces.back().text, help, type);
    kind = type.rest;
  }
  pieces.back().text += "# EOF\n";
  return pieces;
}

// Moves the kept samples together at the left, then apart again from the right, with the new text between.
void rearrange(std::string& page, const std::vector<Piece>& pieces, std::size_t size) {
  std::size_t end = 0;
  for (const auto& piece : pieces) {
    std::memmove(page.data() + end, page.data() + piece.kept_from, piece.kept_size);
    end += piece.kept_size;
  }
  page.resize(size);
  for (auto piece = pieces.rbegin(); piece != pieces.rend(); ++piece) {
    end -= piece->kept_size;
    size -= piece->kept_size;
    std::memmove(page.data() + size, page.data() + end, piece->kept_size);
    size -= piece->text.size();
    std::memcpy(page.data() + size, piece->text.data(), piece->text.size());
  }
}

}  // namespace

std::string to_openmetrics(std::string page) {
  const auto pieces = pieces_of(page);
  std::size_t size = 0;
  for (const auto& piece : pieces) size += piece.text.size() + piece.kept_size;
  rearrange(page, pieces, size);
  return page;
}

}  // namespace hakoban
