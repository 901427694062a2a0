// A host in a temporary folder whose containers write logs, with the log pipeline over it in one thread.
#pragma once

#include <atomic>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <prometheus/registry.h>

#include "collectors/logs/container_roster.h"
#include "collectors/logs/log_tailer.h"
#include "handlers/logs/segment_uploader.h"
#include "platform/compression/gzip.h"
#include "platform/latest.h"
#include "tests/fakes/docker_log_writer.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/recording_store.h"
#include "tests/fakes/registry_values.h"
#include "tests/fakes/temporary_folder.h"

namespace hakoban {

// Tells of nothing but of the births that the test names.
class NoWatch final : public FolderWatch {
 public:
  [[nodiscard]] Result<void> add(const std::filesystem::path&) override { return {}; }
  [[nodiscard]] std::uint64_t births(const std::filesystem::path& file) override {
    const auto found = born.find(file.string());
    return found == born.end() ? 0 : found->second;
  }
  bool wait(Duration, const std::stop_token&) override { return false; }

  std::map<std::string, std::uint64_t> born;  // what the kernel would have told
};

// "0…0<number>": 64 hexadecimal digits, the short id differs.
inline std::string container_id(int number) {
  return fmt::format("{:012x}{:052}", number, 0);
}

class LogHost {
 public:
  explicit LogHost(LogTailerConfig config = {}) : config_(std::move(config)) {
    config_.state_folder = folder.path() / "state";
    config_.rootfs = folder.path();
  }

  // A container outside ECS, called "c<number>", that runs.
  std::unique_ptr<DockerLogWriter> start_container(int number, DockerLogOptions options = {}) {
    auto writer = std::make_unique<DockerLogWriter>(docker_root(), container_id(number), options);
    view.other_containers.push_back(container(number));
    publish();
    return writer;
  }

  [[nodiscard]] ContainerView container(int number) const {
    ContainerView made;
    made.id = container_id(number);
    made.name = fmt::format("c{}", number);
    made.state = ContainerState::running;
    made.log_driver = "json-file";
    made.log_path = fmt::format("/docker/{0}/{0}-json.log", made.id);
    return made;
  }

  void remove_container(int number) {
    std::erase_if(view.other_containers, [&](const auto& each) { return each.id == container_id(number); });
    publish();
  }

  void publish() { hosts.publish(view); }

  // A pipeline as a new process makes it.
  void start() { start_with({&roster}); }
  void start_with(std::vector<LogRoster*> rosters) {
    tailer = std::make_unique<LogTailer>(std::move(rosters), watch, clock, registry, config_);
    uploader = std::make_unique<SegmentUploader>(store, gate, memory, metrics, clock, 1);
  }
  // kill -9.
  void kill() { tailer.reset(); }

  // Looks, and ships all that is due. Returns how many segments it took.
  int turn() {
    tailer->look();
    int taken = 0;
    while (auto segment = tailer->take(0s, {})) {
      uploader->ship(*segment, abort.get_token());
      ++taken;
      if (abort.stop_requested()) break;
    }
    return taken;
  }
  // Ships all that is there, as at the end of the process.
  void ship_all() {
    clock.advance(config_.max_age);
    turn();
    clock.advance(config_.max_age);
    turn();
  }

  [[nodiscard]] std::filesystem::path docker_root() const { return folder.path() / "docker"; }
  [[nodiscard]] double value(const std::string& family) const { return value_in(registry, family); }

  TemporaryFolder folder;
  FakeClock clock;
  Latest<HostView> hosts;
  HostView view;
  ContainerRoster roster{hosts};
  NoWatch watch;
  prometheus::Registry registry;
  RecordingStore store;
  std::stop_source abort;
  StoreGate gate{"memory://", clock, [] { return 0.5; }, registry, 200ms, 5s};
  ByteBudget memory{64 << 20};
  UploadMetrics metrics{registry};
  std::unique_ptr<LogTailer> tailer;
  std::unique_ptr<SegmentUploader> uploader;

 private:
  LogTailerConfig config_;
};

// How often each text stands in the objects, by the folder before "/dt=". Fails the test for a record that is
// not JSON, or lies under another date.
inline std::map<std::string, std::map<std::string, int>> recount(
    const std::map<std::string, std::string>& objects) {
  std::map<std::string, std::map<std::string, int>> counts;
  for (const auto& [key, body] : objects) {
    const auto text = gunzip(body);
    EXPECT_TRUE(text) << key;
    if (!text) continue;
    const auto dt = key.find("/dt=");
    const auto date = key.substr(dt + 4, 10);
    for (std::size_t at = 0; at < text->size();) {
      const auto end = std::min(text->find('\n', at), text->size());
      const auto record = nlohmann::json::parse(text->substr(at, end - at), nullptr, false);
      at = end + 1;
      EXPECT_TRUE(record.is_object() && record.contains("log") && record.contains("time")) << key;
      if (!record.is_object()) continue;
      EXPECT_EQ(record.value("time", "").substr(0, 10), date) << key;
      auto log = record.value("log", "");
      if (log.ends_with('\n')) log.pop_back();
      ++counts[key.substr(0, dt)][log];
    }
  }
  return counts;
}

// "" when each of "0" to "<lines - 1>" is there exactly once, else what is not.
inline std::string faults(const std::map<std::string, int>& counts, int lines) {
  std::string found;
  for (int number = 0; number < lines; ++number) {
    const auto at = counts.find(std::to_string(number));
    const int times = at == counts.end() ? 0 : at->second;
    if (times != 1) found += fmt::format("{} is there {} times; ", number, times);
    if (found.size() > 500) return found + "…";
  }
  return found;
}

}  // namespace hakoban
