// The local API of a drain, for the operator's command (cli/):
//
//   GET    /v1/drain   where it stands; 200 with format_drain_view()
//   POST   /v1/drain   {"deadline":"30m","now":false,"reason":"…"}, all of it optional: asks for a drain; 202
//   DELETE /v1/drain   takes it back, and rebalance and maintenance with it; 202, or 409 where something
//   stands that
//                      cannot be taken back (a spot notice, the group's termination)
//
// Errors are {"error":"…"}. Asking is not served on the network, only reading: whoever may open the socket
// may drain the host.
#pragma once

#include "core/termination/drain_policy.h"
#include "handlers/drain/drainer.h"
#include "platform/clock.h"
#include "platform/http/http_routes.h"

namespace hakoban {

// All must outlive the routes.
void add_drain_view(HttpRoutes& routes, const Drainer& drainer, const DrainPolicy& policy,
                    const Clock& clock);
void add_drain_requests(HttpRoutes& routes, Drainer& drainer, const DrainPolicy& policy, const Clock& clock);

// Reads the body of POST: an operator's notice.
[[nodiscard]] Result<Notice> parse_drain_request(std::string_view body, const NoticePolicy& policy,
                                                 TimePoint now);

}  // namespace hakoban
