// A program's reference, written from its table of settings: a page of docs/, and a man page.
#pragma once

#include <string>
#include <string_view>

#include "platform/config/option_table.h"

namespace hakoban {

struct ReferenceSubject {
  std::string_view name;  // "hakoban-agent"
  std::string_view version;
  std::string_view purpose;  // a sentence
  std::string_view general;  // the flags that are not settings, a line each
};

// One table a group of settings, the group being what stands before the key's first dot.
[[nodiscard]] std::string markdown_reference(const ReferenceSubject& subject, const OptionTable& table);

// Section 8, in the macros of man(7).
[[nodiscard]] std::string man_page(const ReferenceSubject& subject, const OptionTable& table);

}  // namespace hakoban
