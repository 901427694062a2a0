// What it costs to hand a page of metrics to its client, against copying the page once: OpenMetrics, gzip
// (and libdeflate's, which must have a whole block at once), both.
//
//   bench_web CONTAINERS ROUNDS     prints one JSON object; times are the least of the rounds, in
//   milliseconds of CPU
#include <algorithm>
#include <ctime>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "core/metrics/exposition.h"
#include "core/metrics/label_block.h"
#include "core/metrics/page_text.h"
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

// The blocks that the agent's own page is made of.
class Blocks final : public BlockOutlet {
 public:
  void pass_on(TextBlock block) override { blocks.push_back(std::move(block)); }
  [[nodiscard]] TextBlock take() override { return make_text_block(kTextBlockBytes); }

  std::vector<TextBlock> blocks;
};

class BlockStream final : public HttpBodyStream {
 public:
  explicit BlockStream(const std::vector<TextBlock>& blocks) : blocks_(blocks) {}
  std::optional<std::string_view> next() override {
    if (at_ == blocks_.size()) return std::nullopt;
    return blocks_[at_++].text();
  }

 private:
  const std::vector<TextBlock>& blocks_;
  std::size_t at_ = 0;
};

void write_page(BlockOutlet& outlet, int containers) {
  PageText page{outlet};
  for (int family = 0; family < kFamilies; ++family) {
    const bool counter = family % 2 == 0;
    const auto name = fmt::format("container_family_{}{}", family, counter ? "_seconds_total" : "_bytes");
    FamilyWriter writer{page, name, counter ? MetricType::counter : MetricType::gauge, "A family."};
    for (int i = 0; i < containers; ++i)
      writer.seconds(labels_of(i), {}, 123456789ULL * static_cast<unsigned long long>(i + family));
  }
  page.flush();
}

// Bytes of the whole answer.
std::size_t sent(const std::vector<TextBlock>& blocks, const HttpHeaders& headers) {
  const auto reply = exposition_reply({.method = "GET", .path = "/metrics", .headers = headers},
                                      std::make_unique<BlockStream>(blocks));
  std::size_t bytes = 0;
  while (const auto part = reply.stream->next()) bytes += part->size();
  return bytes;
}

double cpu_ms() {
  timespec now{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

double least_ms(int rounds, const std::function<void()>& work) {
  double least = 1e9;
  for (int i = 0; i < rounds; ++i) {
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
  Blocks page;
  write_page(page, containers);
  const auto size = sent(page.blocks, {});
  std::size_t sink = 0;
  const double copy = least_ms(rounds, [&] {
    std::string block;
    for (const auto& one : page.blocks) sink += block.assign(one.text()).size();
  });
  const std::pair<std::string, std::string> open_asked{
      "Accept", "application/openmetrics-text;version=1.0.0,text/plain;q=0.5"};
  const std::pair<std::string, std::string> gzip_asked{"Accept-Encoding", "gzip"};
  const auto packed_bytes = sent(page.blocks, {gzip_asked});
  const double open = least_ms(rounds, [&] { sink += sent(page.blocks, {open_asked}); });
  const double gzip = least_ms(rounds, [&] { sink += sent(page.blocks, {gzip_asked}); });
  const double whole = least_ms(rounds, [&] { sink += sent(page.blocks, {open_asked, gzip_asked}); });
  const double libdeflate = least_ms(rounds, [&] {
    std::string packed;
    GzipCompressor compressor{1};
    for (const auto& one : page.blocks) compressor.append(one.text(), packed);
    sink += packed.size();
  });
  fmt::print(
      "{{\"containers\": {}, \"page_mb\": {:.2f}, \"copy_ms\": {:.2f}, \"openmetrics_ms\": {:.2f}, "
      "\"openmetrics_to_copy\": {:.2f}, \"gzip_ms\": {:.2f}, \"gzip_mb\": {:.2f}, "
      "\"libdeflate_1_ms\": {:.2f}, \"reply_to_prometheus_ms\": {:.2f}}}\n",
      containers, static_cast<double>(size) / 1e6, copy, open, open / copy, gzip,
      static_cast<double>(packed_bytes) / 1e6, libdeflate, whole);
  return sink == 0 ? 1 : 0;
}
