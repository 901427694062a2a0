#include "cli/log_reading.h"

#include <map>

#include <gmock/gmock.h>

#include "platform/compression/gzip.h"

namespace hakoban {
namespace {

using ::testing::ElementsAre;

const std::string kApp(64, 'a');
const std::string kProxy(64, 'b');

class MemoryReader final : public ObjectReader {
 public:
  [[nodiscard]] Result<std::string> get(const std::string& key, const std::stop_token&) override {
    const auto found = objects.find(key);
    if (found == objects.end()) return Error{Errc::not_found, key};
    return found->second;
  }
  [[nodiscard]] Result<std::vector<std::string>> list(const std::string& prefix,
                                                      const std::stop_token&) override {
    std::vector<std::string> keys;
    for (const auto& [key, body] : objects) {
      if (key.starts_with(prefix)) keys.push_back(key);
    }
    return keys;
  }
  void put(const std::string& key, const std::vector<std::string>& records) {
    std::string text;
    for (const auto& record : records) text += record + "\n";
    GzipCompressor{1}.append(text, objects[key]);
  }
  std::map<std::string, std::string> objects;
};

std::string record(std::string_view text, std::string_view clock) {
  return R"({"log":")" + std::string{text} + R"(\n","stream":"stdout","time":"2026-11-23T)" +
         std::string{clock} + R"(Z"})";
}

TaskLogs the_task() {
  return read_task_index(
             R"({"version":1,"task_id":"t1","service":"shop","status":"stopped","complete":true,"containers":[
    {"id":")" +
             kApp + R"(","name":"app","folder":"shop/app","dates":{"2026-11-23":3,"2026-11-24":1}},
    {"id":")" +
             kProxy + R"(","name":"proxy","folder":"shop/proxy","dates":{"2026-11-23":1}},
    {"id":"c","name":"elsewhere"}]})")
      .value();
}

TEST(LogReading, an_index_names_folders_and_dates) {
  const auto task = the_task();
  EXPECT_EQ(task.task_id, "t1");
  EXPECT_TRUE(task.complete);
  ASSERT_EQ(task.logs.size(), 2U);
  EXPECT_EQ(task.logs[0].folder, "shop/app");
  EXPECT_THAT(task.logs[0].dates, ElementsAre("2026-11-23", "2026-11-24"));
  EXPECT_FALSE(read_task_index("[]"));
  EXPECT_FALSE(read_task_index("{}"));
  EXPECT_FALSE(read_task_index("<html>"));
}

TEST(LogReading, objects_are_in_the_order_of_their_writing) {
  const std::string folder = "shop/app/dt=2026-11-23/t1/";
  EXPECT_THAT(objects_in_order(the_task().logs[0], {folder + "aaaaaaaaaaaa-20261123T000000Z-10.ndjson.gz",
                                                    folder + "aaaaaaaaaaaa-20261123T000000Z-9.ndjson.gz",
                                                    folder + "bbbbbbbbbbbb-20261123T000000Z-0.ndjson.gz",
                                                    folder + "aaaaaaaaaaaa-20261122T000000Z-77.ndjson.gz",
                                                    folder + "aaaaaaaaaaaa-note.txt"}),
              ElementsAre(folder + "aaaaaaaaaaaa-20261122T000000Z-77.ndjson.gz",
                          folder + "aaaaaaaaaaaa-20261123T000000Z-9.ndjson.gz",
                          folder + "aaaaaaaaaaaa-20261123T000000Z-10.ndjson.gz"));
}

TEST(LogReading, containers_are_merged_by_time) {
  MemoryReader reader;
  reader.put("shop/app/dt=2026-11-23/t1/aaaaaaaaaaaa-g-0.ndjson.gz",
             {record("1", "10:00:00"), record("3", "10:00:02")});
  reader.put("shop/app/dt=2026-11-23/t1/aaaaaaaaaaaa-g-100.ndjson.gz", {record("5", "10:00:04.5")});
  reader.put("shop/app/dt=2026-11-24/t1/aaaaaaaaaaaa-g-200.ndjson.gz", {record("6", "10:00:05")});
  reader.put("shop/proxy/dt=2026-11-23/t1/bbbbbbbbbbbb-g-0.ndjson.gz",
             {record("2", "10:00:01"), record("4", "10:00:04")});
  std::vector<std::string> seen;
  const auto done = read_task_logs(reader, the_task(),
                                   [&](const std::string& container, std::string_view line) {
                                     seen.push_back(container + line.substr(8, 1).data()[0]);
                                   },
                                   {});
  ASSERT_TRUE(done);
  EXPECT_THAT(seen, ElementsAre("app1", "proxy2", "app3", "proxy4", "app5", "app6"));
}

TEST(LogReading, a_damaged_object_is_named) {
  MemoryReader reader;
  reader.objects["shop/app/dt=2026-11-23/t1/aaaaaaaaaaaa-g-0.ndjson.gz"] = "not gzip";
  const auto done = read_task_logs(reader, the_task(), [](const std::string&, std::string_view) {}, {});
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().what, ::testing::HasSubstr("aaaaaaaaaaaa-g-0"));
}

}  // namespace
}  // namespace hakoban
