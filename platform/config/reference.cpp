#include "platform/config/reference.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

namespace hakoban {
namespace {

std::string group_of(const OptionDoc& doc) {
  const auto dot = doc.key.find('.');
  return dot == std::string::npos ? "general" : doc.key.substr(0, dot);
}

std::string replaced(std::string_view text, char from, std::string_view to) {
  std::string result;
  for (const char c : text) c == from ? void(result += to) : void(result += c);
  return result;
}

std::string cell(std::string_view text) {
  return replaced(text, '|', "\\|");
}

std::string initial_of(const OptionDoc& doc) {
  return doc.initial.empty() ? "" : fmt::format("`{}`", cell(replaced(doc.initial, ',', ", ")));
}

// In the order in which each group's first setting stands in the table.
std::vector<std::string> groups_of(const OptionTable& table) {
  std::vector<std::string> groups;
  for (const auto& doc : table.docs()) {
    const auto group = group_of(doc);
    if (std::find(groups.begin(), groups.end(), group) == groups.end()) groups.push_back(group);
  }
  return groups;
}

// man(7): a hyphen that is to be typed is \-, and a line must not begin with a dot or an apostrophe.
std::string man_text(std::string_view text) {
  auto result = replaced(replaced(text, '\\', "\\e"), '-', "\\-");
  if (result.starts_with('.') || result.starts_with('\'')) result.insert(0, "\\&");
  return result;
}

std::string upper(std::string_view text) {
  std::string result{text};
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return result;
}

}  // namespace

std::string markdown_reference(const ReferenceSubject& subject, const OptionTable& table) {
  auto page = fmt::format("# {}: settings\n\n{} {}\n\n```\n{}\n```\n", subject.name, subject.name,
                          subject.purpose, subject.general);
  for (const auto& group : groups_of(table)) {
    page += fmt::format("\n## {}\n\n| flag | environment | default | |\n|---|---|---|---|\n", group);
    for (const auto& doc : table.docs()) {
      if (group_of(doc) == group)
        page += fmt::format("| `{}` | `{}` | {} | {} |\n", doc.flag, doc.environment, initial_of(doc),
                            cell(doc.help));
    }
  }
  return page;
}

std::string man_page(const ReferenceSubject& subject, const OptionTable& table) {
  auto page = fmt::format(".TH {} 8 \"\" \"{} {}\" \"System administration\"\n", upper(subject.name),
                          subject.name, subject.version);
  page += fmt::format(".SH NAME\n{} \\- {}\n", man_text(subject.name), man_text(subject.purpose));
  page += fmt::format(".SH SYNOPSIS\n.B {}\n[\\fIflags\\fR]\n", man_text(subject.name));
  page += fmt::format(".SH DESCRIPTION\n.nf\n{}\n.fi\n.SH SETTINGS\n", man_text(subject.general));
  for (const auto& doc : table.docs()) {
    page += fmt::format(".TP\n\\fB{}\\fR=\\fIVALUE\\fR\n{}\n.br\n", man_text(doc.flag), man_text(doc.help));
    page += fmt::format("Environment {}, key {}", man_text(doc.environment), man_text(doc.key));
    page += doc.initial.empty() ? ".\n" : fmt::format(", default {}.\n", man_text(doc.initial));
  }
  return page;
}

}  // namespace hakoban
