// The settings of a web server that Prometheus's exporters have, spelled as node_exporter spells them.
#pragma once

#include <string>
#include <vector>

#include "platform/config/option_table.h"
#include "platform/http/listen_address.h"

namespace hakoban {

// --web.listen-address, which may be given several times, and --web.config.file. The file is read when all
// settings are loaded: what is wrong in it is a problem of the settings.
void bind_web(OptionTable& table, std::vector<std::string>& listen_addresses, std::string& config_file);

// Of settings that bind_web has checked.
[[nodiscard]] std::vector<ListenAddress> listen_addresses_of(const std::vector<std::string>& checked);

}  // namespace hakoban
