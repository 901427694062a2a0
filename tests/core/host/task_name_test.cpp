#include "core/host/task_name.h"

#include <gtest/gtest.h>

namespace hakoban {
namespace {

TEST(TaskName, the_id_is_the_last_part_of_both_forms_of_arn) {
  EXPECT_EQ(task_id_of("arn:aws:ecs:eu-west-1:1:task/prod/58ec"), "58ec");
  EXPECT_EQ(task_id_of("arn:aws:ecs:eu-west-1:1:task/58ec"), "58ec");
  EXPECT_EQ(task_id_of("58ec"), "58ec");
  EXPECT_EQ(task_id_of(""), "");
}

TEST(TaskName, only_the_long_arn_names_the_cluster) {
  EXPECT_EQ(cluster_of_task_arn("arn:aws:ecs:eu-west-1:1:task/prod/58ec"), "prod");
  EXPECT_EQ(cluster_of_task_arn("arn:aws:ecs:eu-west-1:1:task/58ec"), "");
  EXPECT_EQ(cluster_of_task_arn("garbage"), "");
}

TEST(TaskName, a_cluster_given_as_arn_is_known_by_its_name) {
  EXPECT_EQ(cluster_name("arn:aws:ecs:eu-west-1:1:cluster/prod"), "prod");
  EXPECT_EQ(cluster_name("prod"), "prod");
}

TEST(TaskName, only_a_service_group_names_a_service) {
  EXPECT_EQ(service_of_group("service:my-awesome-app"), "my-awesome-app");
  EXPECT_EQ(service_of_group("family:batch"), "");
  EXPECT_EQ(service_of_group(""), "");
}

TEST(TaskName, the_agent_s_pause_container_is_known_by_label_and_without_it_by_name) {
  EXPECT_TRUE(is_pause_container("ecs-web-3-internalecspause-80c0ffee", "~internal~ecs~pause"));
  EXPECT_TRUE(is_pause_container("", "~internal~ecs~pause-app"));
  EXPECT_TRUE(is_pause_container("ecs-web-3-internalecspause-80c0ffee", ""));
  EXPECT_FALSE(is_pause_container("ecs-web-3-app-80c0ffee", "app"));
  EXPECT_FALSE(is_pause_container("my-internalecspause", ""));
}

}  // namespace
}  // namespace hakoban
