#include "coordinator/coordinator_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/fakes/fake_environment.h"

namespace hakoban {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct CoordinatorConfigTest : ::testing::Test {
  std::vector<std::string> load(std::vector<std::pair<std::string, std::string>> flags) {
    auto table = coordinator_options(config);
    ConfigSources sources;
    sources.flags = std::move(flags);
    return table.load(sources);
  }
  CoordinatorConfig config;
};

TEST_F(CoordinatorConfigTest, reads_pools_in_their_order) {
  EXPECT_THAT(load({{"pools", "sfr-1,web,asg:batch"}}), IsEmpty());
  EXPECT_THAT(config.observer.pools, ElementsAre(PoolName{PoolKind::spot_fleet, "sfr-1"},
                                                 PoolName{PoolKind::auto_scaling_group, "web"},
                                                 PoolName{PoolKind::auto_scaling_group, "batch"}));
}

TEST_F(CoordinatorConfigTest, tells_what_is_wrong) {
  EXPECT_THAT(load({{"pools", "web,web"}}), ElementsAre(HasSubstr("web stands there twice")));
  EXPECT_THAT(load({{"pools", "spotfleet:web"}}), ElementsAre(HasSubstr("no Spot Fleet's request id")));
  EXPECT_THAT(load({{"queue.url", "my-queue"}}), ElementsAre(HasSubstr("no queue's URL")));
  EXPECT_THAT(load({{"lease.store", "s3://bucket"}}), ElementsAre(HasSubstr("s3://BUCKET/KEY")));
  EXPECT_THAT(load({{"task-status.destination", "tasks"}}), ElementsAre(HasSubstr("s3://BUCKET/PREFIX")));
}

TEST(LeasePlaces, are_of_three_kinds) {
  EXPECT_EQ(*parse_lease_place("dynamodb://leases"), (LeasePlace{"leases", "", "", ""}));
  EXPECT_EQ(*parse_lease_place("s3://bucket/leases/prod"), (LeasePlace{"", "bucket", "leases/prod", ""}));
  EXPECT_EQ(*parse_lease_place("file:///run/lease.json"), (LeasePlace{"", "", "", "/run/lease.json"}));
  for (const auto* text : {"dynamodb://", "s3://bucket", "file:///", "leases"})
    EXPECT_FALSE(parse_lease_place(text)) << text;
}

}  // namespace
}  // namespace hakoban
