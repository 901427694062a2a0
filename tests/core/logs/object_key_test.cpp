#include "core/logs/object_key.h"

#include <gtest/gtest.h>

namespace hakoban {
namespace {

const std::string kId = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
const ObjectName kName{kId, "20261123T205258.305356637Z", 8388608, "2026-11-23", ".ndjson.gz"};

TaskView task(TaskKind kind, const std::string& service) {
  TaskView view;
  view.id = "f00d";
  view.family = "web-family";
  view.kind = kind;
  view.service = service;
  return view;
}

ContainerView container(const std::string& name, const std::string& ecs_name = "") {
  ContainerView view;
  view.id = kId;
  view.name = name;
  view.ecs_name = ecs_name;
  return view;
}

std::string key_of(const TaskView& view, const ContainerView& of) {
  return object_key(*task_place(view, of, true), kName);
}

TEST(ObjectKey, of_a_service_names_service_container_date_and_task) {
  EXPECT_EQ(key_of(task(TaskKind::service, "web"), container("ecs-web-1-app-aa", "app")),
            "web/app/dt=2026-11-23/f00d/0123456789ab-20261123T205258.305356637Z-000008388608.ndjson.gz");
}

TEST(ObjectKey, of_a_batch_task_has_its_family_in_the_place_of_a_service) {
  EXPECT_EQ(
      key_of(task(TaskKind::batch, ""), container("n", "job")),
      "web-family/job/dt=2026-11-23/f00d/0123456789ab-20261123T205258.305356637Z-000008388608.ndjson.gz");
}

TEST(ObjectKey, outside_ecs_names_the_container) {
  EXPECT_EQ(object_key(host_place(container("registry")), kName),
            "_host/registry/dt=2026-11-23/0123456789ab-20261123T205258.305356637Z-000008388608.ndjson.gz");
}

TEST(ObjectKey, sorts_as_the_ranges_do) {
  auto later = kName;
  later.start = 10'000'000'000;
  const auto place = host_place(container("c"));
  EXPECT_LT(object_key(place, kName), object_key(place, later));
}

TEST(TaskPlace, waits_for_the_service_unless_it_has_to_be_now) {
  const auto unknown = task(TaskKind::unknown, "");
  EXPECT_FALSE(task_place(unknown, container("n", "app"), false));
  EXPECT_EQ(task_place(unknown, container("n", "app"), true)->folder, "web-family/app");
  EXPECT_EQ(task_place(task(TaskKind::daemon, "agent"), container("n", "app"), false)->folder, "agent/app");
}

TEST(TaskPlace, of_a_service_called_like_the_hosts_folder_stays_apart) {
  EXPECT_EQ(task_place(task(TaskKind::service, "_host"), container("n", "app"), true)->folder, "_host_/app");
}

struct PartCase {
  const char* name;
  std::string text;
  std::string part;
};

class KeyPart : public ::testing::TestWithParam<PartCase> {};

TEST_P(KeyPart, is_safe_in_a_key) {
  EXPECT_EQ(key_part(GetParam().text), GetParam().part);
}

INSTANTIATE_TEST_SUITE_P(
    Texts, KeyPart,
    ::testing::Values(PartCase{"usual_names_stay", "My-app_1.2", "My-app_1.2"},
                      PartCase{"slashes_go", "a/b", "a_b"}, PartCase{"the_parent_folder", "..", "_."},
                      PartCase{"a_path_to_elsewhere", "../../etc", "_._.._etc"},
                      PartCase{"control_characters", std::string("a\n\0b", 4), "a__b"},
                      PartCase{"other_alphabets", "\xe7\xae\xb1", "___"}, PartCase{"nothing", "", "_"},
                      PartCase{"far_too_much", std::string(1000, 'a'), std::string(255, 'a')}),
    [](const auto& each) { return each.param.name; });

}  // namespace
}  // namespace hakoban
