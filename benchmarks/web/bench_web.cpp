// What it costs to hand a page of metrics to its client, against copying the page once: OpenMetrics, gzip,
// both.
//
//   bench_web CONTAINERS ROUNDS     prints one JSON object; times are the least of the rounds, in
//   milliseconds of CPU
#include <algorithm>
#include <ctime>
#include <functional>
#include <string>

#include <fmt/format.h>

#include "core/metrics/exposition.h"
#include "core/metrics/label_block.h"
#include "core/metrics/openmetrics.h"
#include "platform/compression/gzip.h"
#include "platform/http/exposition_reply.h"

namespace {

using namespace hakoban;

constexpr int kFamilies = 60;  // as many as a container has by default

std::string labels_of(int container) {
  const auto id =
      fmt::format("{:032x}", 0x9e3779b97f4a7c15ULL * static_cast<unsigned long long>(container + 1));
  return LabelBlock{}
      .add("id", fmt::format("/ecs/{}/{}{}", id, id, id))
      .add("image", "123456789012.dkr.ecr.ap-northeast-1.amazonaws.com/web:2026-11-25")
      .add("name", fmt::format("ecs-web-{}-app-{}", container, id.substr(0, 20)))
      .add("container_label_com_amazonaws_ecs_cluster", "prod")
      .add("container_label_com_amazonaws_ecs_task_definition_family", "web")
      .add("ecs_cluster", "prod")
      .add("ecs_service", "web")
      .add("ecs_task_family", "web")
      .add("ecs_task_id", id)
      .add("ecs_container", "app")
      .text();
}

std::string make_page(int containers) {
  std::string page;
  for (int family = 0; family < kFamilies; ++family) {
    const bool counter = family % 2 == 0;
    const auto name = fmt::format("container_family_{}{}", family, counter ? "_seconds_total" : "_bytes");
    FamilyWriter writer{page, name, counter ? MetricType::counter : MetricType::gauge, "A family."};
    for (int i = 0; i < containers; ++i)
      writer.seconds(labels_of(i), {}, 123456789ULL * static_cast<unsigned long long>(i + family));
  }
  return page;
}

double cpu_ms() {
  timespec now{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

double least_ms(
    int rounds, const std::function<void()>& work, const std::function<void()>& prepare = [] {}) {
  double least = 1e9;
  for (int i = 0; i < rounds; ++i) {
    prepare();
    const double began = cpu_ms();
    work();
    least = std::min(least, cpu_ms() - began);
  }
  return least;
}

}  // namespace

int main(int count, char** arguments) {
  const int containers = count > 1 ? std::stoi(arguments[1]) : 500;
  const int rounds = count > 2 ? std::stoi(arguments[2]) : 20;
  const auto page = make_page(containers);
  std::size_t sink = 0;
  const double copy = least_ms(rounds, [&] { sink += std::string{page}.size(); });
  std::string given;
  const auto give = [&] {  // with the room that the agent's own page has
    given.reserve(page.size() + (64 << 10));
    given = page;
  };
  const double open = least_ms(
      rounds, [&] { sink += to_openmetrics(std::move(given)).size(); }, give);
  std::size_t packed_bytes = 0;
  const double gzip = least_ms(rounds, [&] {
    std::string packed;
    GzipCompressor{1}.append(page, packed);
    packed_bytes = packed.size();
  });
  const HttpQuery prometheus{
      .method = "GET",
      .path = "/metrics",
      .headers = {{"Accept", "application/openmetrics-text;version=1.0.0,text/plain;q=0.5"},
                  {"Accept-Encoding", "gzip"}}};
  const double whole = least_ms(
      rounds, [&] { sink += exposition_reply(prometheus, std::move(given)).body.size(); },
      [&] { given = page; });
  fmt::print(
      "{{\"containers\": {}, \"page_mb\": {:.2f}, \"copy_ms\": {:.2f}, \"openmetrics_ms\": {:.2f}, "
      "\"openmetrics_to_copy\": {:.2f}, \"gzip_ms\": {:.2f}, \"gzip_mb\": {:.2f}, "
      "\"reply_to_prometheus_ms\": {:.2f}}}\n",
      containers, static_cast<double>(page.size()) / 1e6, copy, open, open / copy, gzip,
      static_cast<double>(packed_bytes) / 1e6, whole);
  return sink == 0 ? 1 : 0;
}
