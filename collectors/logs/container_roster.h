// The logs of the containers on this host, as the picture of the host names them.
#pragma once

#include "core/host/host_view.h"
#include "core/logs/log_roster.h"
#include "platform/latest.h"

namespace hakoban {

// Containers with Docker's json-file driver.
class ContainerRoster final : public LogRoster {
 public:
  // `hosts` must outlive it.
  explicit ContainerRoster(const Latest<HostView>& hosts) : hosts_(hosts) {}

  [[nodiscard]] std::uint64_t version() const override { return hosts_.version(); }
  [[nodiscard]] std::vector<FollowedLog> logs() const override;

 private:
  const Latest<HostView>& hosts_;
};

}  // namespace hakoban
