// hakoban logs, over a folder as the agent fills it.
#include "cli/logs_command.h"

#include <fstream>
#include <sstream>

#include <gmock/gmock.h>

#include "platform/compression/gzip.h"
#include "tests/fakes/fake_clock.h"
#include "tests/fakes/fake_http_client.h"
#include "tests/fakes/temporary_folder.h"

namespace hakoban {
namespace {

using ::testing::HasSubstr;

const std::string kApp(64, 'a');
const std::string kProxy(64, 'b');

class LogsCommand : public testing::Test {
 protected:
  LogsCommand() {
    put("_tasks/t1/task.json",
        R"({"task_id":"t1","service":"shop","status":"stopped","complete":true,"containers":[{"id":")" +
            kApp + R"(","name":"app","folder":"shop/app","dates":{"2026-11-23":2}},{"id":")" + kProxy +
            R"(","name":"proxy","folder":"shop/proxy","dates":{"2026-11-23":1}}]})");
    put_log("shop/app", kApp,
            R"({"log":"one\n","stream":"stdout","time":"2026-11-23T01:00:00Z"})"
            "\n"
            R"({"log":"three\n","stream":"stderr","time":"2026-11-23T03:00:00Z"})"
            "\n");
    put_log("shop/proxy", kProxy,
            R"({"log":"two\n","stream":"stdout","time":"2026-11-23T02:00:00Z"})"
            "\n");
  }

  void put(const std::string& key, const std::string& body) const {
    std::filesystem::create_directories((folder.path() / key).parent_path());
    std::ofstream{folder.path() / key, std::ios::binary} << body;
  }
  void put_log(const std::string& place, const std::string& id, const std::string& text) const {
    std::string packed;
    GzipCompressor{1}.append(text, packed);
    put(place + "/dt=2026-11-23/t1/" + id.substr(0, 12) + "-g1-0.ndjson.gz", packed);
  }
  int run(CliArguments arguments) {
    const Environment environment = [](const std::string&) { return std::optional<std::string>{}; };
    arguments.insert(arguments.end(), {"--from", "file://" + folder.path().string()});
    return run_logs({http, clock, environment, out, err}, arguments);
  }

  TemporaryFolder folder;
  FakeHttpClient http;
  FakeClock clock;
  std::ostringstream out;
  std::ostringstream err;
};

TEST_F(LogsCommand, prints_all_containers_in_the_order_of_time) {
  EXPECT_EQ(run({"arn:aws:ecs:eu-west-1:1:task/prod/t1"}), kDone) << err.str();
  EXPECT_EQ(out.str(), "app | one\nproxy | two\napp | three\n");
}

TEST_F(LogsCommand, prints_one_container_with_times) {
  EXPECT_EQ(run({"t1", "--container", "app", "--times"}), kDone);
  EXPECT_EQ(out.str(), "2026-11-23T01:00:00Z one\n2026-11-23T03:00:00Z three\n");
}

TEST_F(LogsCommand, prints_records_as_they_are_stored) {
  EXPECT_EQ(run({"t1", "--container=proxy", "--json"}), kDone);
  EXPECT_EQ(out.str(), R"({"log":"two\n","stream":"stdout","time":"2026-11-23T02:00:00Z"})"
                       "\n");
}

TEST_F(LogsCommand, says_what_it_cannot_find) {
  EXPECT_EQ(run({"t2"}), kFailed);
  EXPECT_THAT(err.str(), HasSubstr("nothing is known of task t2"));
  EXPECT_EQ(run({"t1", "--container", "db"}), kFailed);
  EXPECT_THAT(err.str(), HasSubstr("no container 'db'"));
  EXPECT_EQ(run({"--times"}), kUsage);
  EXPECT_THAT(err.str(), HasSubstr("which task?"));
}

TEST_F(LogsCommand, names_the_object_that_cannot_be_unpacked) {
  put("shop/proxy/dt=2026-11-23/t1/" + kProxy.substr(0, 12) + "-g1-0.ndjson.gz", "not gzip");
  EXPECT_EQ(run({"t1"}), kFailed);
  EXPECT_THAT(err.str(), HasSubstr("shop/proxy/dt=2026-11-23"));
}

}  // namespace
}  // namespace hakoban
