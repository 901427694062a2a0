#include "platform/http/web_options.h"

#include "platform/http/web_guard.h"

namespace hakoban {

void bind_web(OptionTable& table, std::vector<std::string>& listen_addresses, std::string& config_file) {
  table.list(
      "web.listen_address", listen_addresses,
      "Where metrics and health are served, such as :9420, 127.0.0.1:9420, [::1]:9420 or unix:/run/a.sock. "
      "Repeatable.",
      [](std::string_view item) -> Result<void> {
        if (const auto parsed = parse_listen_address(item); !parsed) return parsed.error();
        return {};
      });
  table.text("web.config.file", config_file,
             "TLS and authentication, in the format of Prometheus's exporter-toolkit; read again when it "
             "changes.");
  table.check([&listen_addresses, &config_file] {
    std::vector<std::string> problems;
    if (listen_addresses.empty()) problems.emplace_back("web.listen_address: at least one is needed");
    if (const auto right = check_web_config(config_file); !right)
      problems.push_back("web.config.file: " + right.error().what);
    return problems;
  });
}

std::vector<ListenAddress> listen_addresses_of(const std::vector<std::string>& checked) {
  std::vector<ListenAddress> addresses;
  addresses.reserve(checked.size());
  for (const auto& text : checked) addresses.push_back(*parse_listen_address(text));
  return addresses;
}

}  // namespace hakoban
