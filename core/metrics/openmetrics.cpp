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
void append_help(std::string& page, std::string_view help) {
  for (const char c : help) {
    if (c == '"') page += '\\';
    page += c;
  }
}

std::string_view unit_of(std::string_view family) {
  constexpr std::array<std::string_view, 4> kUnits{"_seconds", "_bytes", "_ratio", "_celsius"};
  const auto found = std::find_if(kUnits.begin(), kUnits.end(),
                                  [&](std::string_view unit) { return family.ends_with(unit); });
  return found == kUnits.end() ? std::string_view{} : found->substr(1);
}

class Writer {
 public:
  explicit Writer(std::string_view page) { out_.reserve(page.size() + page.size() / 32 + 4096); }

  void help(const Header& header) { help_ = header; }

  void type(const Header& header) {
    type_ = header.rest;
    auto family = header.name;
    auto type = header.rest;
    if (type == "counter") {
      family = without(header.name, "_total");
      if (family == header.name) type = "unknown";
    } else if (type == "untyped") {
      type = "unknown";
    } else if (type == "gauge" && header.name.ends_with("_info")) {
      family = without(header.name, "_info");
      type = "info";
    }
    metadata(kType, family).append(type) += '\n';
    const auto unit = type == "info" ? std::string_view{} : unit_of(family);
    if (!unit.empty()) metadata("# UNIT ", family).append(unit) += '\n';
    if (help_.name == header.name) append_help(metadata(kHelp, family), help_.rest), out_ += '\n';
    help_ = {};
  }

  void samples(std::string_view block) {
    if (type_ != "histogram" && type_ != "summary") {
      out_.append(block);
      return;
    }
    while (!block.empty()) {
      const auto end = std::min(block.find('\n'), block.size() - 1) + 1;
      bounded_sample(block.substr(0, end));
      block.remove_prefix(end);
    }
  }

  std::string finish() {
    out_ += "# EOF\n";
    return std::move(out_);
  }

 private:
  std::string& metadata(std::string_view keyword, std::string_view family) {
    return out_.append(keyword).append(family).append(" ");
  }

  // A sample that may hold a bound: le="5" becomes le="5.0".
  void bounded_sample(std::string_view line) {
    const std::string_view label = type_ == "histogram" ? "le=\"" : "quantile=\"";
    const auto found = line.rfind(label);  // it is the last one
    const auto end = found == std::string_view::npos ? found : line.find('"', found + label.size());
    if (end == std::string_view::npos) {
      out_.append(line);
      return;
    }
    const auto bound = line.substr(found + label.size(), end - found - label.size());
    const bool whole = bound.find_first_not_of("-0123456789") == std::string_view::npos;
    out_.append(line.substr(0, end)).append(whole ? ".0" : "").append(line.substr(end));
  }

  std::string out_;
  Header help_;
  std::string_view type_;
};

// Where the samples that begin here end: before the next line that begins with '#'.
std::size_t end_of_samples(std::string_view page) {
  if (page.starts_with('#')) return 0;
  const auto next = page.find("\n#");
  return next == std::string_view::npos ? page.size() : next + 1;
}

}  // namespace

std::string to_openmetrics(std::string_view page) {
  Writer writer{page};
  while (!page.empty()) {
    if (const auto block = end_of_samples(page); block > 0) {
      writer.samples(page.substr(0, block));
      page.remove_prefix(block);
      continue;
    }
    const auto line = page.substr(0, page.find('\n'));
    if (line.starts_with(kHelp)) writer.help(split(line.substr(kHelp.size())));
    if (line.starts_with(kType)) writer.type(split(line.substr(kType.size())));
    page.remove_prefix(std::min(line.size() + 1, page.size()));
  }
  return writer.finish();
}

}  // namespace hakoban
