// Reads what the Docker engine says of containers. Another engine, an older or newer one, or a container that
// never started leaves members out or null: what is missing or of another type is absent, never an error.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/host/host_view.h"
#include "core/result.h"

namespace hakoban {

// The answer of GET /containers/{id}/json. Errors: malformed (not a JSON object, or without an id).
[[nodiscard]] Result<ContainerView> read_container(std::string_view text);

// The answer of GET /containers/json. Errors: malformed (not a JSON array). Entries without an id are left
// out.
[[nodiscard]] Result<std::vector<ContainerView>> read_container_list(std::string_view text);

}  // namespace hakoban
