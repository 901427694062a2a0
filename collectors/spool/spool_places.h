// Where the objects of a spooled log belong, told by its id alone.
#pragma once

#include <string>
#include <string_view>

#include "core/host/host_view.h"
#include "core/logs/log_roster.h"

namespace hakoban {

// A unit of this host, or a named file on it.
[[nodiscard]] std::string unit_log_id(std::string_view unit);
// Messages of the forward protocol that name no container.
[[nodiscard]] std::string tag_log_id(std::string_view tag);

// A container's place is its task's, a unit's `_host/{instance id}/{unit}`, a tag's `_forward/{tag}`.
// `host_name` stands for the instance's id outside EC2.
[[nodiscard]] FollowedLog spooled_log(const std::string& id, std::string path, const HostView& view,
                                      const std::string& host_name);

// A unit's log, whose marks tell how far its source was read, is never forgotten.
[[nodiscard]] bool keeps_for_ever(std::string_view id);

}  // namespace hakoban
