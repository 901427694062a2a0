// EC2's word that a spot instance is at elevated risk of interruption. Source: EC2 user guide, "EC2 instance
// rebalance recommendations".
#pragma once

#include <string_view>

#include "collectors/notices/notice_source.h"

namespace hakoban {

// {"noticeTime":"2020-11-05T08:22:00Z"}. Strict: anything else is malformed.
[[nodiscard]] Result<Notice> parse_rebalance(std::string_view body, TimePoint now);

class RebalanceNotices final : public NoticeSource {
 public:
  [[nodiscard]] NoticeKind kind() const override { return NoticeKind::rebalance; }
  // Spot, or not known (yet).
  [[nodiscard]] bool applies(const Ec2Identity& instance) const override;
  [[nodiscard]] Result<std::vector<Notice>> poll(Imds& imds, TimePoint now,
                                                 const std::stop_token& stop) const override;
};

}  // namespace hakoban
