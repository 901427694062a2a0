// The two minutes' warning of a spot instance. Source: EC2 user guide, "Spot Instance interruption notices".
#pragma once

#include <string_view>

#include "collectors/notices/notice_source.h"

namespace hakoban {

// {"action":"terminate","time":"2017-09-18T08:22:00Z"}; action is terminate, stop or hibernate. Strict:
// anything else is malformed.
[[nodiscard]] Result<Notice> parse_instance_action(std::string_view body, TimePoint now);

// The older form: just the time.
[[nodiscard]] Result<Notice> parse_termination_time(std::string_view body, TimePoint now);

// Reads spot/instance-action and, where that says nothing, spot/termination-time. A time long past is no
// notice: it stays there when EC2 failed to terminate.
class SpotNotices final : public NoticeSource {
 public:
  static constexpr Duration kStaleAfter = 5min;

  [[nodiscard]] NoticeKind kind() const override { return NoticeKind::spot_interruption; }
  // Spot, or not known (yet).
  [[nodiscard]] bool applies(const Ec2Identity& instance) const override;
  [[nodiscard]] Result<std::vector<Notice>> poll(Imds& imds, TimePoint now,
                                                 const std::stop_token& stop) const override;
};

}  // namespace hakoban
