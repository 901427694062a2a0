// The uploaders' threads, and what is durable at the end of a process.
#include "handlers/logs/log_shipper.h"

#include <fstream>
#include <thread>

#include "platform/file_store.h"
#include "tests/fakes/log_host.h"

namespace hakoban {
namespace {

TEST(LogShipper, ships_all_that_is_there_when_the_process_is_asked_to_end) {
  LogHost host;
  std::vector<std::unique_ptr<DockerLogWriter>> writers;
  for (int number = 1; number <= 20; ++number) writers.push_back(host.start_container(number));
  for (int line = 0; line < 50; ++line) {
    for (const auto& writer : writers) writer->line(std::to_string(line), host.clock.now());
  }
  host.start();
  prometheus::Registry registry;
  LogShipper shipper{*host.tailer, host.store, host.clock, [] { return 0.5; }, registry};
  std::stop_source stop;
  stop.request_stop();
  host.tailer->run(stop.get_token());
  host.tailer->look();
  std::jthread{[&] { shipper.run(stop.get_token()); }}.join();
  auto counts = recount(host.store.objects());
  for (int number = 1; number <= 20; ++number)
    EXPECT_EQ(faults(counts[fmt::format("_host/c{}", number)], 50), "");
  EXPECT_EQ(shipper.backlog().bytes, 0U);
}

TEST(LogShipper, leaves_on_disk_what_the_store_refuses_at_the_end) {
  LogHost host;
  const auto writer = host.start_container(1);
  writer->line("0", host.clock.now());
  host.start();
  host.store.before = [](const std::string&, const std::stop_token&) -> Result<void> {
    return Error{Errc::unavailable, "503"};
  };
  prometheus::Registry registry;
  LogShipperConfig config;
  config.stop_budget = 1ms;
  LogShipper shipper{*host.tailer, host.store, host.clock, [] { return 0.5; }, registry, config};
  std::stop_source stop;
  stop.request_stop();
  host.tailer->look();
  shipper.run(stop.get_token());
  host.kill();
  host.store.before = nullptr;
  host.start();
  host.ship_all();
  EXPECT_EQ(faults(recount(host.store.objects())["_host/c1"], 1), "");
}

TEST(FileStore, replaces_an_object_and_refuses_keys_that_leave_its_folder) {
  const TemporaryFolder folder;
  FileStore store{folder.path() / "a" / "b"};
  EXPECT_TRUE(store.put("x/dt=1/o", "old", {}, {}));
  EXPECT_TRUE(store.put("x/dt=1/o", "new", {}, {}));
  std::ifstream file{folder.path() / "a/b/x/dt=1/o"};
  EXPECT_EQ((std::string{std::istreambuf_iterator<char>{file}, {}}), "new");
  for (const auto* key : {"../o", "/etc/o", "a/../../o", "", "a/"})
    EXPECT_EQ(store.put(key, "", {}, {}).error().code, Errc::invalid) << key;
}

TEST(Gzip, members_one_after_the_other_decode_as_one) {
  GzipCompressor compressor{1};
  std::string body;
  compressor.append("hello ", body);
  compressor.append("", body);
  compressor.append(std::string(100000, 'x'), body);
  EXPECT_EQ(gunzip(body).value(), "hello " + std::string(100000, 'x'));
  EXPECT_EQ(gunzip("not gzip").error().code, Errc::malformed);
  EXPECT_EQ(gunzip(body, 1000).error().code, Errc::invalid);
}

}  // namespace
}  // namespace hakoban
