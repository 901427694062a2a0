// LeaseStore in a file of this machine: for one host with several coordinators, and for tests.
#pragma once

#include <filesystem>

#include "platform/lease_store.h"

namespace hakoban {

// Guarded by flock on a file beside it, so that processes exclude one another.
class FileLeaseStore final : public LeaseStore {
 public:
  explicit FileLeaseStore(std::filesystem::path path);

  [[nodiscard]] Result<std::optional<LeaseRecord>> read(const std::stop_token& stop) override;
  [[nodiscard]] Result<std::string> write(const std::string& holder,
                                          const std::optional<std::string>& expected,
                                          const std::stop_token& stop) override;
  [[nodiscard]] std::string name() const override;

 private:
  const std::filesystem::path path_;
};

}  // namespace hakoban
