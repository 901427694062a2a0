// The logs of the containers on this host, as the picture of the host names them.
#pragma once

#include "core/host/host_view.h"
#include "core/logs/log_roster.h"
#include "platform/latest.h"

namespace hakoban {

struct ContainerRosterConfig {
  // Also of drivers that Docker cannot read back (awslogs, fluentd, gelf, splunk, syslog …), from the cache
  // that it keeps beside them: a ring of five files of 20 MB.
  bool cached = false;
  bool fluentd_comes_otherwise = false;  // by the forward listener: its cache is left alone
};

// Containers with Docker's json-file or local driver, and by option those whose output Docker caches.
class ContainerRoster final : public LogRoster {
 public:
  // `hosts` must outlive it.
  explicit ContainerRoster(const Latest<HostView>& hosts, ContainerRosterConfig config = {})
      : hosts_(hosts), config_(config) {}

  [[nodiscard]] std::uint64_t version() const override { return hosts_.version(); }
  [[nodiscard]] std::vector<FollowedLog> logs() const override;

 private:
  const Latest<HostView>& hosts_;
  const ContainerRosterConfig config_;
};

}  // namespace hakoban
