#include "core/metrics/net_dev.h"

#include <algorithm>
#include <array>

#include "core/metrics/kernel_text.h"

namespace hakoban {
namespace {

constexpr std::size_t kColumns = 16;

bool passed_over(std::string_view name) {
  for (std::string_view prefix : {"lo", "veth", "docker", "nerdctl"}) {
    if (name.starts_with(prefix)) return true;
  }
  return false;
}

bool parse_columns(std::string_view text, std::array<std::uint64_t, kColumns>& columns) {
  for (auto& column : columns) {
    const auto value = kernel_text::number(kernel_text::take_word(text));
    if (!value) return false;
    column = *value;
  }
  return kernel_text::take_word(text).empty();
}

bool parse_lines(std::string_view text, std::vector<InterfaceUsage>& into) {
  for (int header = 0; header < 2; ++header) {
    if (kernel_text::take_until(text, '\n').find('|') == std::string_view::npos) return false;
  }
  std::array<std::uint64_t, kColumns> columns{};
  while (!text.empty()) {
    auto line = kernel_text::take_until(text, '\n');
    const auto colon = line.rfind(':');  // an alias has one in its name
    if (colon == std::string_view::npos || !parse_columns(line.substr(colon + 1), columns)) return false;
    auto name = line.substr(0, colon);
    name.remove_prefix(std::min(name.find_first_not_of(' '), name.size()));
    if (passed_over(name)) continue;
    into.push_back({std::string{name}, columns[0], columns[1], columns[2], columns[3], columns[8], columns[9],
                    columns[10], columns[11]});
  }
  return true;
}

}  // namespace

bool parse_net_dev(std::string_view text, std::vector<InterfaceUsage>& into) {
  into.clear();
  const bool whole = parse_lines(text, into);
  if (!whole) into.clear();
  return whole;
}

bool has_own_network(const ContainerView& container) {
  return container.network_mode != "host" && !container.network_mode.starts_with("container:");
}

}  // namespace hakoban
