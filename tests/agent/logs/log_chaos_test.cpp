// Writers, rotations, removals, refusals, deaths and midnights as chance has them; the seeds are fixed.
#include <random>
#include <utility>

#include "tests/fakes/log_host.h"

namespace hakoban {
namespace {

struct Chaos {
  explicit Chaos(unsigned seed) : chance(seed) {}

  int below(int limit) { return static_cast<int>(chance() % static_cast<unsigned>(limit)); }
  bool one_in(int times) { return below(times) == 0; }

  std::mt19937 chance;
};

struct Container {
  int number = 0;
  int lines = 0;
  std::unique_ptr<DockerLogWriter> writer;
  int rotations = 0;
};

class LogChaos : public ::testing::TestWithParam<unsigned> {};

// A rotation is seen as it happens, as inotify tells of it.
void write_some(Container& container, LogHost& host, Chaos& chaos) {
  auto& clock = host.clock;
  for (int i = chaos.below(30); i > 0; --i) {
    const auto jitter = chaos.one_in(5) ? Duration{1ms} * chaos.below(50) : Duration{0};
    // A line of several pieces, of any length; its last piece may never come.
    if (chaos.one_in(4)) {
      const auto time = clock.now();
      for (int pieces = chaos.below(4); pieces >= 0; --pieces)
        container.writer->line(std::string(static_cast<std::size_t>(chaos.below(400)), 'x'), time, "stderr",
                               pieces > 0 || chaos.one_in(5));
      clock.advance(1ms);
    }
    if (chaos.one_in(40)) container.writer->torn(R"({"log":"half a li)");
    container.writer->line(std::to_string(container.lines++), clock.now() - jitter, "stdout");
    clock.advance(Duration{1ms} * chaos.below(20));
    if (std::exchange(container.rotations, container.writer->rotations()) != container.writer->rotations())
      host.tailer->look();
  }
}

TEST_P(LogChaos, leaves_every_line_in_exactly_one_object) {
  Chaos chaos{GetParam()};
  LogTailerConfig config;
  config.max_bytes = 500U + static_cast<unsigned>(chaos.below(6000));
  LogHost host{config};
  host.store.before = [&](const std::string&, const std::stop_token&) -> Result<void> {
    if (chaos.one_in(6)) return Error{Errc::unavailable, "503"};
    if (chaos.one_in(30)) return Error{Errc::denied, "403"};
    if (chaos.one_in(25)) return Error{Errc::cancelled, "killed before"};
    return {};
  };
  host.store.after = [&](const std::string&) -> Result<void> {
    if (chaos.one_in(25)) return Error{Errc::cancelled, "killed after"};
    return {};
  };
  host.start();
  std::vector<Container> containers;
  for (int step = 0; step < 100; ++step) {
    if (containers.size() < 4 && chaos.one_in(4)) {
      const int number = static_cast<int>(containers.size()) + 1;
      // A death loses what Docker has unlinked meanwhile, so Docker keeps much.
      const DockerLogOptions options{static_cast<std::uint64_t>(4000 + chaos.below(20000)), 200};
      containers.push_back({number, 0, host.start_container(number, options)});
    }
    for (auto& container : containers) {
      if (container.writer) write_some(container, host, chaos);
    }
    if (chaos.one_in(3)) host.clock.advance(Duration{1s} * chaos.below(90));
    if (chaos.one_in(30)) host.clock.advance(5h);
    if (chaos.one_in(2)) {
      host.tailer->look();
      for (int i = chaos.below(4); i > 0; --i) {
        if (auto segment = host.tailer->take(0s, {})) host.uploader->ship(*segment, {});
      }
    }
    if (chaos.one_in(8)) {
      host.kill();
      host.start();
      host.tailer->look();
    }
    auto* any = containers.empty() ? nullptr : &containers[chaos.chance() % containers.size()];
    if (any != nullptr && any->writer && any->lines > 100 && chaos.one_in(40)) {
      host.tailer->look();
      // A death loses what was removed and is not stored yet, so all is stored before.
      const auto before = std::exchange(host.store.before, nullptr);
      const auto after = std::exchange(host.store.after, nullptr);
      for (int i = 0; i < 4; ++i) host.ship_all();
      host.store.before = before;
      host.store.after = after;
      any->writer->remove();
      any->writer.reset();
      host.remove_container(any->number);
    }
  }
  host.store.before = nullptr;
  host.store.after = nullptr;
  for (int i = 0; i < 5; ++i) host.ship_all();
  auto counts = recount(host.store.objects());
  for (const auto& container : containers) {
    const auto folder = fmt::format("_host/c{}", container.number);
    EXPECT_EQ(faults(counts[folder], container.lines), "") << folder << " of seed " << GetParam();
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, LogChaos, ::testing::Range(1U, 9U));

}  // namespace
}  // namespace hakoban
