// What the census would say of the hosts in tests/fixtures/cgroups.
#pragma once

#include <string>

#include "core/host/host_view.h"
#include "core/time.h"

namespace hakoban::testing_tools {

inline ContainerView container_of(std::string id, std::string name, int pid,
                                  std::string network = "default") {
  ContainerView view;
  view.id = std::move(id);
  view.name = std::move(name);
  view.image = "box:1";
  view.state = ContainerState::running;
  view.pid = pid;
  view.started_at = parse_rfc3339("2026-11-24T00:04:21.364543798Z").value();
  view.network_mode = std::move(network);
  return view;
}

inline TaskView task_of(std::string id, std::string family, std::string revision, std::string service) {
  TaskView task;
  task.arn = "arn:aws:ecs:eu-west-1:123456789012:task/prod/" + id;
  task.id = std::move(id);
  task.family = std::move(family);
  task.revision = std::move(revision);
  task.cluster = "prod";
  task.kind = service.empty() ? TaskKind::batch : TaskKind::service;
  task.group = service.empty() ? "family:" + task.family : "service:" + service;
  task.service = std::move(service);
  return task;
}

// As Docker labels and the census mark it.
inline void add(TaskView& task, ContainerView container, std::string ecs_name, std::string cgroup_parent) {
  container.labels = {{"com.amazonaws.ecs.cluster", task.cluster},
                      {"com.amazonaws.ecs.container-name", ecs_name},
                      {"com.amazonaws.ecs.task-arn", task.arn},
                      {"com.amazonaws.ecs.task-definition-family", task.family},
                      {"com.amazonaws.ecs.task-definition-version", task.revision},
                      {"maintainer", "not exported"}};
  container.task_arn = task.arn;
  container.ecs_name = std::move(ecs_name);
  container.cgroup_parent = std::move(cgroup_parent);
  task.containers.push_back(std::move(container));
}

// Recorded: a service task with limits of its own, an awsvpc task whose containers share the pause
// container's network, a batch task on the host's network without a task cgroup, and a container outside ECS.
inline HostView v1_host() {
  auto web = task_of("58ece341633a42638f75eaa566e1bb97", "web", "7", "web");
  add(web,
      container_of("d3335d646d1137df16f32f67e59488b402a7192d86276bfa1e1393cebfde82c3",
                   "ecs-web-7-app-d49bfdae9feff1fecf01", 6542),
      "app", "/ecs/" + web.id);
  add(web,
      container_of("6478c08109db86ca6f6f6b244b55db823a847ee2fcf6c589dbe26653602683ef",
                   "ecs-web-7-proxy-bad3ccb9f0fbc4b98401", 970),
      "proxy", "/ecs/" + web.id);
  web.containers[0].essential = true;
  web.containers[1].essential = false;
  auto vpc = task_of("9c0a7d2be81f4d0f9ad1f2a3b4c5d6e7", "vpc", "3", "api");
  const std::string pause = "c2c6b8c86f3c2eb8c3294e43e57144ffdd6b826b50a4fc9941eaafd309032a43";
  add(vpc, container_of(pause, "ecs-vpc-3-internalecspause-aaaabbbbccccdddd0001", 1038),
      "~internal~ecs~pause", "/ecs/" + vpc.id);
  add(vpc,
      container_of("85bc54defdeacb4076e3d82ddc65fc2a0a401e86100e7b7944359852f89605b9",
                   "ecs-vpc-3-api-aaaabbbbccccdddd0002", 1103, "container:" + pause),
      "api", "/ecs/" + vpc.id);
  vpc.containers[0].pause = true;
  vpc.containers[1].essential = true;
  vpc.network_mode = "awsvpc";
  vpc.memory_limit_bytes = 512ULL << 20;
  vpc.cpu_limit_vcpus = 0.25;
  auto report = task_of("0a1b2c3d4e5f60718293a4b5c6d7e8f9", "report", "1", "");
  add(report,
      container_of("f1d4660ff6eda221723030621d350b8af39089f5c244756105582701bd1590fe",
                   "ecs-report-1-report-eeeeffff000011112222", 1162, "host"),
      "report", "");
  HostView host;
  host.tasks = {report, web, vpc};
  host.other_containers = {
      container_of("627c1d25d11789a926922a4ef8b56e413403fc77a39dfbca57fda0e2ee67e355", "plain", 1211)};
  return host;
}

inline std::string repeated(std::string_view two) {
  std::string id;
  while (id.size() < 64) id += two;
  return id;
}

// Written by hand, alike for v2 and hybrid: a service task with limits of its own and a container outside
// ECS.
inline HostView hand_written_host(const std::string& parent_before, const std::string& parent_after) {
  auto web = task_of("7c7e5c0f2a1b4d3e9f8a6b5c4d3e2f1a", "web", "12", "shop");
  const auto parent = parent_before + web.id + parent_after;
  add(web, container_of(repeated("a1"), "ecs-web-12-app-00", 2101), "app", parent);
  add(web, container_of(repeated("5e"), "ecs-web-12-proxy-00", 2155), "proxy", parent);
  HostView host;
  host.tasks = {web};
  host.other_containers = {container_of(repeated("9b"), "plain \"quoted\" \\ name", 2300)};
  return host;
}

inline HostView v2_host() {
  return hand_written_host("ecstasks-", ".slice");
}
inline HostView hybrid_host() {
  return hand_written_host("/ecs/", "");
}

}  // namespace hakoban::testing_tools
