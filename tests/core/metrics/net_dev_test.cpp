#include "core/metrics/net_dev.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hakoban {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const std::string kHeader =
    "Inter-|   Receive                                                |  Transmit\n"
    " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls "
    "carrier "
    "compressed\n";

TEST(NetDev, ReadsEveryInterfaceButTheHostsEndsOfOthers) {
  std::vector<InterfaceUsage> read;
  EXPECT_TRUE(parse_net_dev(
      kHeader + "    lo: 9 9 9 9 9 9 9 9 9 9 9 9 9 9 9 9\n"
                "  eth0:    1       2    3    4    5     6          7         8        9      10    11 "
                "  12    13     14      15         16\n"
                "veth1f: 9 9 9 9 9 9 9 9 9 9 9 9 9 9 9 9\n"
                "docker0: 9 9 9 9 9 9 9 9 9 9 9 9 9 9 9 9\n"
                "ecs-eth0:100 2 0 0 0 0 0 0 300 4 0 0 0 0 0 0\n",
      read));
  EXPECT_THAT(read, ElementsAre(InterfaceUsage{"eth0", 1, 2, 3, 4, 9, 10, 11, 12},
                                InterfaceUsage{"ecs-eth0", 100, 2, 0, 0, 300, 4, 0, 0}));
}

TEST(NetDev, HalfAFileIsNotTrusted) {
  for (const std::string& broken :
       {std::string{}, std::string{"garbage\n"}, kHeader + "eth0: 1 2 3\n", kHeader + "eth0 1\n",
        kHeader + "eth0: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17\n",
        kHeader + "eth0: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\neth1: x\n"}) {
    std::vector<InterfaceUsage> read{{"old", 1, 1, 1, 1, 1, 1, 1, 1}};
    EXPECT_FALSE(parse_net_dev(broken, read)) << broken;
    EXPECT_THAT(read, IsEmpty()) << broken;
  }
}

TEST(NetDev, OnlyANetworkOfItsOwnIsCounted) {
  ContainerView container;
  for (const char* own : {"default", "bridge", "none", "my-net", ""}) {
    container.network_mode = own;
    EXPECT_TRUE(has_own_network(container)) << own;
  }
  for (const char* others : {"host", "container:0123"}) {
    container.network_mode = others;
    EXPECT_FALSE(has_own_network(container)) << others;
  }
}

}  // namespace
}  // namespace hakoban
