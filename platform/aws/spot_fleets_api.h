// PoolControl of Spot Fleets, over AwsClient.
#pragma once

#include "platform/aws/aws_client.h"
#include "platform/aws/pools.h"

namespace hakoban {

// Thread-safe, no state. A pool's name is the fleet's request id ("sfr-…").
class SpotFleetsApi final : public PoolControl {
 public:
  explicit SpotFleetsApi(AwsClient& aws, AwsRetryPolicy policy = {});

  // One call for all fleets and one for each one's instances.
  [[nodiscard]] Result<std::vector<PoolStatus>> describe(const std::vector<std::string>& names,
                                                         const std::stop_token& stop) override;
  // ModifySpotFleetRequest with the excess capacity policy noTermination, after a look.
  [[nodiscard]] Result<void> grow(const std::string& pool, std::int64_t from, std::int64_t to,
                                  const std::stop_token& stop) override;
  // Lowers the target by the member's weight; noTermination, since the fleet must not choose who goes.
  [[nodiscard]] Result<void> release(const std::string& pool, const PoolMember& member,
                                     const std::stop_token& stop) override;
  // TerminateInstances.
  [[nodiscard]] Result<void> terminate(const std::string& pool, const PoolMember& member,
                                       const std::stop_token& stop) override;
  [[nodiscard]] Result<void> tag(const std::string& pool, const std::map<std::string, std::string>& tags,
                                 const std::stop_token& stop) override;

 private:
  [[nodiscard]] Result<pugi::xml_document> call(std::string_view action, AwsParams params,
                                                const std::stop_token& stop);
  [[nodiscard]] Result<std::vector<PoolStatus>> fleets(const std::vector<std::string>& ids,
                                                       const std::stop_token& stop);
  [[nodiscard]] Result<void> add_members(PoolStatus& pool, const std::stop_token& stop);
  [[nodiscard]] Result<void> set_target(const std::string& pool, std::int64_t target,
                                        const std::stop_token& stop);

  AwsClient& aws_;
  const AwsRetryPolicy policy_;
};

}  // namespace hakoban
