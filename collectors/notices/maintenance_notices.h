// Reboots, stops and retirements that EC2 has scheduled for the instance. Source: EC2 user guide, "Scheduled
// events for your instances".
#pragma once

#include <string_view>

#include "collectors/notices/notice_source.h"

namespace hakoban {

// "21 Jan 2019 09:00:43 GMT", as these events write their times.
[[nodiscard]] Result<TimePoint> parse_event_time(std::string_view text);

// [{"NotBefore":"21 Jan 2019 09:00:43
// GMT","Code":"system-reboot","Description":"…","EventId":"instance-event-…",
// "NotAfter":"…","State":"active"}]; the active ones are notices, completed and canceled ones are none.
// Strict: any entry of another shape makes the whole answer malformed.
[[nodiscard]] Result<std::vector<Notice>> parse_maintenance(std::string_view body, TimePoint now);

class MaintenanceNotices final : public NoticeSource {
 public:
  [[nodiscard]] NoticeKind kind() const override { return NoticeKind::maintenance; }
  [[nodiscard]] bool applies(const Ec2Identity& /*instance*/) const override { return true; }
  [[nodiscard]] Result<std::vector<Notice>> poll(Imds& imds, TimePoint now,
                                                 const std::stop_token& stop) const override;
};

}  // namespace hakoban
