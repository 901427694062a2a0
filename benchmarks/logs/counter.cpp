#include "benchmarks/logs/counter.h"

#include <charconv>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "platform/compression/gzip.h"
#include "platform/compression/zstd.h"

namespace hakoban::bench {
namespace {

constexpr std::size_t kLargestObject = std::size_t{4} << 30;

struct Counts {
  std::vector<std::vector<std::uint8_t>> times;  // by container and number
  std::uint64_t lines = 0;
  std::uint64_t broken = 0;
  std::uint64_t outside_dt = 0;
  std::uint64_t bad = 0;
  std::uint64_t unreadable = 0;
  std::uint64_t gaps = 0;
  std::uint64_t objects = 0;
  std::uint64_t bytes = 0;
};

std::uint64_t number_at(std::string_view text) {
  std::uint64_t number = ~std::uint64_t{0};
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

// {"log":"c0001 s000000123 … e000000123\n","stream":"stdout","time":"2026-11-23T…Z"}
void take_line(std::string_view line, std::string_view date, int parse_every, Counts& counts) {
  ++counts.lines;
  const auto time = line.rfind(R"("time":")");
  if (time == std::string_view::npos || line.substr(time + 8, 10) != date) ++counts.outside_dt;
  if (counts.lines % static_cast<std::uint64_t>(parse_every) == 0 && !nlohmann::json::accept(line))
    ++counts.bad;
  if (line.find(R"("stream":"hakoban")") != std::string_view::npos) {
    ++counts.gaps;
    return;
  }
  if (!line.starts_with(R"({"log":"c)") || line.size() < 40 || !line.ends_with(R"(Z"})")) {
    ++counts.broken;
    return;
  }
  const auto container = number_at(line.substr(9, 4));
  const auto number = number_at(line.substr(15, 9));
  if (container >= counts.times.size() || number >= counts.times[container].size()) {
    ++counts.bad;
    return;
  }
  auto& times = counts.times[container][number];
  if (times < 255) ++times;
  const auto end = line.rfind(R"(\n","stream":)");
  if (end == std::string_view::npos || number_at(line.substr(end - 9, 9)) != number) ++counts.broken;
}

void take_object(const std::filesystem::path& path, int parse_every, Counts& counts) {
  std::ifstream file{path, std::ios::binary};
  const std::string body{std::istreambuf_iterator<char>{file}, {}};
  const auto text = path.extension() == ".gz" ? gunzip(body, kLargestObject) : unzstd(body, kLargestObject);
  ++counts.objects;
  counts.bytes += body.size();
  const auto dt = path.string().find("/dt=");
  if (!text || dt == std::string::npos) {
    ++counts.unreadable;
    return;
  }
  const auto date = path.string().substr(dt + 4, 10);
  for (std::size_t at = 0; at < text->size();) {
    const auto end = std::min(text->find('\n', at), text->size());
    take_line(std::string_view{*text}.substr(at, end - at), date, parse_every, counts);
    at = end + 1;
  }
}

}  // namespace

int count_logs(const std::string& objects, const std::string& lines_file, int parse_every) {
  std::ifstream file{lines_file};
  if (!file) throw std::runtime_error("reading " + lines_file);
  Counts counts;
  for (std::uint64_t lines = 0; file >> lines;) counts.times.emplace_back(lines, 0);
  for (const auto& entry : std::filesystem::recursive_directory_iterator{objects}) {
    const auto extension = entry.path().extension();
    if (entry.is_regular_file() && (extension == ".gz" || extension == ".zst"))
      take_object(entry.path(), parse_every, counts);
  }
  std::uint64_t written = 0;
  std::uint64_t lost = 0;
  std::uint64_t duplicated = 0;
  for (const auto& container : counts.times) {
    written += container.size();
    for (const auto times : container) {
      lost += times == 0 ? 1 : 0;
      duplicated += times > 1 ? times - 1U : 0;
    }
  }
  fmt::print(R"({{"written":{},"lines":{},"lost":{},"duplicated":{},"broken":{},"outside_dt":{},"bad":{},)"
             R"("unreadable":{},"gaps":{},"objects":{},"object_bytes":{}}})"
             "\n",
             written, counts.lines, lost, duplicated, counts.broken, counts.outside_dt, counts.bad,
             counts.unreadable, counts.gaps, counts.objects, counts.bytes);
  const bool well = lost + duplicated + counts.outside_dt + counts.bad + counts.unreadable == 0;
  return well ? 0 : 1;
}

}  // namespace hakoban::bench
