// Where the instance's Auto Scaling group wants it to go. Source: EC2 Auto Scaling user guide, "Retrieve the
// target lifecycle state through instance metadata".
#pragma once

#include <optional>
#include <string_view>

#include "collectors/notices/notice_source.h"

namespace hakoban {

// The body is one word. Terminated, and the states of a warm pool in which the instance does not run
// (Warmed:Stopped, Warmed:Hibernated, Warmed:Terminated), are notices; InService, Standby, Detached,
// Warmed:Running and the like are none. A word that is not a state at all is malformed.
[[nodiscard]] Result<std::optional<Notice>> parse_target_state(std::string_view body, TimePoint now);

class LifecycleNotices final : public NoticeSource {
 public:
  [[nodiscard]] NoticeKind kind() const override { return NoticeKind::lifecycle; }
  [[nodiscard]] bool applies(const Ec2Identity& /*instance*/) const override { return true; }
  [[nodiscard]] Result<std::vector<Notice>> poll(Imds& imds, TimePoint now,
                                                 const std::stop_token& stop) const override;
};

}  // namespace hakoban
