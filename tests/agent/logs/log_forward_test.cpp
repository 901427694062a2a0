// From a sender of the forward protocol to objects: each line once, wherever the process dies.
#include <gmock/gmock.h>

#include "collectors/forward/forward_listener.h"
#include "core/logs/forward_message.h"
#include "platform/files.h"
#include "tests/fakes/forward_bytes.h"
#include "tests/fakes/forward_sender.h"
#include "tests/fakes/log_host.h"

namespace hakoban {
namespace {

constexpr std::uint32_t kNoon = 1'795'435'200;  // 2026-11-23T12:00:00Z

class LogForward : public ::testing::Test {
 protected:
  LogForward() {
    auto container = host.container(1);
    container.log_driver = "fluentd";
    container.log_path.clear();
    host.view.other_containers.push_back(container);
    host.publish();
    spooling.folder = host.folder.path() / "spool";
    start();
  }

  void start() {
    registry = std::make_unique<prometheus::Registry>();
    spool = std::make_unique<Spool>(host.hosts, host.clock, *registry, spooling);
    ASSERT_TRUE(spool->open());
    ListenAddress address;
    address.unix_socket = socket();
    listener = std::make_unique<ForwardListener>(*spool, host.clock, *registry, std::vector{address});
    ASSERT_TRUE(listener->bind());
    host.start_with({&host.roster, spool.get()});
  }
  void kill() {
    host.kill();
    listener.reset();
    spool.reset();
  }
  void take_in() const {
    for (int i = 0; i < 3; ++i) listener->turn(0s, {});
  }
  [[nodiscard]] std::string socket() const { return (host.folder.path() / "fluent.sock").string(); }
  [[nodiscard]] std::string line(int number, const std::string& chunk = "") const {
    const auto text = std::to_string(number);
    const auto option = forward::map({{"chunk", chunk}});
    return forward::docker_line(
        {.container_id = id, .log = text, .seconds = kNoon + static_cast<std::uint32_t>(number)},
        chunk.empty() ? std::string{} : option);
  }
  [[nodiscard]] std::map<std::string, int> stored(const std::string& folder = "_host/c1") {
    host.ship_all();
    return recount(host.store.objects())[folder];
  }

  LogHost host;
  const std::string id = container_id(1);
  SpoolConfig spooling;
  std::unique_ptr<prometheus::Registry> registry;
  std::unique_ptr<Spool> spool;
  std::unique_ptr<ForwardListener> listener;
};

TEST_F(LogForward, lines_of_a_container_become_its_objects) {
  const ForwardSender sender{socket()};
  for (int number = 0; number < 500; ++number) {
    sender.send(line(number));
    if (number % 20 == 0) take_in();  // a socket's buffer holds few messages
  }
  take_in();
  EXPECT_EQ(sender.received(), "");
  EXPECT_EQ(faults(stored(), 500), "");
}

TEST_F(LogForward, an_acknowledged_message_that_comes_again_is_answered_and_not_written) {
  const ForwardSender sender{socket()};
  sender.send(line(0, "first"));
  take_in();
  EXPECT_EQ(sender.received(), forward_ack("first"));
  // The answer was lost; the sender connects anew.
  const ForwardSender again{socket()};
  again.send(line(0, "first"));
  take_in();
  EXPECT_EQ(again.received(), forward_ack("first"));
  kill();
  start();
  const ForwardSender once_more{socket()};
  once_more.send(line(0, "first"));
  take_in();
  EXPECT_EQ(once_more.received(), forward_ack("first"));
  once_more.send(line(1, "second"));
  take_in();
  EXPECT_EQ(faults(stored(), 2), "");
  EXPECT_EQ(value_in(*registry, "hakoban_forward_repeated_total"), 1);
}

TEST_F(LogForward, two_messages_under_way_may_both_come_again) {
  for (int life = 0; life < 3; ++life) {
    for (int again = 0; again < 3; ++again) {
      const ForwardSender sender{socket()};
      sender.send(line(0, "out") + line(1, "err"));
      take_in();
      EXPECT_EQ(sender.received(), forward_ack("out") + forward_ack("err"));
    }
    kill();
    start();
  }
  EXPECT_EQ(faults(stored(), 2), "");
}

TEST_F(LogForward, answers_to_both_streams_of_a_connection_stand_apart) {
  const ForwardSender sender{socket()};
  const auto of_stream = [&](std::string_view stream, std::string_view chunk) {
    return forward::docker_line({.container_id = id, .source = stream, .log = chunk, .seconds = kNoon},
                                forward::map({{"chunk", chunk}}));
  };
  sender.send(of_stream("stdout", "1") + of_stream("stderr", "2") + of_stream("stdout", "3"));
  take_in();
  EXPECT_EQ(sender.received(), forward_ack("1"));
  host.clock.advance(10ms);
  take_in();
  EXPECT_EQ(sender.received(), forward_ack("2"));
  host.clock.advance(10ms);
  take_in();
  EXPECT_EQ(sender.received(), forward_ack("3"));
}

TEST_F(LogForward, dies_at_any_byte_and_stores_each_line_once) {
  const auto live = spooling.folder / id / (id + "-json.log");
  const auto marks = spooling.folder / id / "marks";
  int number = 0;
  for (int life = 0; life < 40; ++life) {
    {
      const ForwardSender sender{socket()};
      for (int i = 0; i < 3; ++i, ++number) {
        sender.send(line(number, "chunk-" + std::to_string(number)));
        take_in();
        ASSERT_NE(sender.received(), "");
      }
    }
    if (life % 5 == 0) host.ship_all();
    if (life % 7 == 0) {
      host.clock.advance(spooling.rotate_age);
      spool->maintain();
    }
    // Written in part, or in whole without its mark: no answer was sent, so the sender sends it again.
    std::string record;
    const auto message = line(number, "chunk-" + std::to_string(number));
    append_record(record, record_of(first_forward_message(message).message.events.at(0)));
    kill();
    {
      auto file = AppendFile::open(live).value();
      ASSERT_TRUE(file.append(record.substr(0, static_cast<std::size_t>(life) * record.size() / 39)));
      if (life % 3 == 0) {
        ASSERT_TRUE(AppendFile::open(marks).value().append("12345 "));
      }
    }
    start();
    const ForwardSender sender{socket()};
    sender.send(message);
    take_in();
    ASSERT_EQ(sender.received(), forward_ack("chunk-" + std::to_string(number)));
    ++number;
  }
  EXPECT_EQ(faults(stored(), number), "");
}

TEST_F(LogForward, pieces_of_a_line_are_joined) {
  const ForwardSender sender{socket()};
  const auto piece = [&](std::string_view log, std::string_view stream, std::string_view last) {
    return forward::array({forward::text("t"), forward::unsigned32(kNoon),
                           forward::map({{"container_id", id},
                                         {"log", log},
                                         {"source", stream},
                                         {"partial_message", "true"},
                                         {"partial_id", "p"},
                                         {"partial_ordinal", "1"},
                                         {"partial_last", last}})});
  };
  sender.send(piece("1", "stdout", "false"));
  sender.send(piece("x", "stderr", "false"));
  sender.send(piece("2", "stdout", "false"));
  sender.send(piece("y", "stderr", "true"));
  sender.send(piece("3", "stdout", "true"));
  take_in();
  const auto counts = stored();
  EXPECT_THAT(counts, ::testing::ElementsAre(std::pair{"123", 1}, std::pair{"xy", 1}));
}

TEST_F(LogForward, what_names_no_container_is_kept_under_its_tag) {
  const ForwardSender sender{socket()};
  sender.send(forward::array(
      {forward::text("../app.x"), forward::unsigned32(kNoon), forward::map({{"message", "0"}})}));
  take_in();
  EXPECT_EQ(faults(stored("_forward/_._app.x"), 1), "");
}

TEST_F(LogForward, spooled_files_are_deleted_once_they_are_stored) {
  const ForwardSender sender{socket()};
  for (int number = 0; number < 10; ++number) sender.send(line(number));
  take_in();
  host.ship_all();
  host.clock.advance(spooling.rotate_age);
  spool->maintain();
  EXPECT_GT(value_in(*registry, "hakoban_logs_spooled_bytes"), 0);
  host.ship_all();
  spool->maintain();
  EXPECT_EQ(value_in(*registry, "hakoban_logs_spooled_bytes"), 0);
  // And its folder, once nobody has written to it for a while.
  host.clock.advance(spooling.forget_after);
  spool->maintain();
  EXPECT_FALSE(std::filesystem::exists(spooling.folder / id));
  host.ship_all();
  sender.send(line(10));
  take_in();
  EXPECT_EQ(faults(stored(), 11), "");
}

TEST_F(LogForward, a_full_spool_makes_senders_wait_and_loses_nothing) {
  kill();
  spooling.max_bytes = 3000;
  start();
  const ForwardSender sender{socket()};
  for (int number = 0; number < 60; ++number) sender.send(line(number));
  take_in();
  for (int number = 60; number < 120; ++number) sender.send(line(number));
  take_in();
  const auto before = host.value("hakoban_logs_lines_total");
  for (int i = 0; i < 50; ++i) {
    host.ship_all();
    spool->maintain();
    host.ship_all();
    spool->maintain();
    take_in();
  }
  EXPECT_EQ(before, 0);
  EXPECT_EQ(faults(stored(), 120), "");
}

TEST_F(LogForward, another_protocol_is_refused) {
  const ForwardSender sender{socket()};
  sender.send("GET / HTTP/1.1\r\n\r\n");
  take_in();
  EXPECT_TRUE(sender.closed());
  EXPECT_EQ(value_in(*registry, "hakoban_forward_malformed_total"), 1);
}

}  // namespace
}  // namespace hakoban
