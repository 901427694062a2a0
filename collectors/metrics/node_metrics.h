// The essentials of the host under node_exporter's names (node_*), so that it needs no second exporter for
// them.
#pragma once

#include <string>
#include <string_view>

#include "core/metrics/metric_source.h"
#include "platform/cgroups/host_paths.h"

namespace hakoban {

class NodeMetrics final : public MetricSource {
 public:
  // `rootfs`: where the host's mount points are seen from here.
  NodeMetrics(HostPaths paths, std::string rootfs);

  [[nodiscard]] std::string_view name() const override { return "node"; }
  [[nodiscard]] Result<void> write(PageText& page) override;

 private:
  [[nodiscard]] std::string text_of(std::string_view file) const;
  void write_filesystems(PageText& page) const;

  const HostPaths paths_;
  const std::string rootfs_;
};

}  // namespace hakoban
