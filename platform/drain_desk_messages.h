// What a draining agent and the coordinator's drain desk say to one another: POST /v1/drain-calls, JSON both
// ways.
//
//   {"id": "5f2c…", "draining": [{"cluster": "prod", "container_instance": "arn:…"}],
//    "deregister": [{"group": "arn:…", "id": "i-0abc", "port": 32768}]}
//   {"standing": "pending" | "done"} or {"standing": "failed", "error": {"code": "throttled", "what": "…"}}
//
// The same request is sent again until it is answered by something else than "pending".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/termination/call_desk.h"

namespace hakoban {

inline constexpr std::string_view kDrainDeskPath = "/v1/drain-calls";
// Carries the token that agents and coordinator share; Authorization stays free for the web server's own.
inline constexpr std::string_view kDrainDeskToken = "X-Hakoban-Token";

struct DeskRequest {
  std::string id;               // 1–128 characters, of one attempt of one host
  std::vector<DeskItem> items;  // 1–1000

  bool operator==(const DeskRequest&) const = default;
};

[[nodiscard]] std::string format_desk_request(const DeskRequest& request);
// Errors: malformed, with the place.
[[nodiscard]] Result<DeskRequest> parse_desk_request(std::string_view body);

[[nodiscard]] std::string format_desk_answer(const DeskAnswer& answer);
// Errors: malformed.
[[nodiscard]] Result<DeskAnswer> parse_desk_answer(std::string_view body);

}  // namespace hakoban
