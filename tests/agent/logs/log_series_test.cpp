// The numbers of each container on the metrics page.
#include "collectors/logs/log_series.h"

#include <gmock/gmock.h>

#include "tests/fakes/log_host.h"

namespace hakoban {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string page_of(LogHost& host) {
  PageText page;
  EXPECT_TRUE(LogSeries{*host.tailer}.write(page));
  return std::string{page.text()};
}

TEST(LogSeries, has_each_container_and_forgets_it_with_its_log) {
  LogHost host;
  const auto writer = host.start_container(1);
  const auto other = host.start_container(2);
  host.start();
  host.turn();
  for (int i = 0; i < 3; ++i) writer->line(std::to_string(i), host.clock.now());
  host.ship_all();
  other->line("0", host.clock.now());
  host.turn();
  host.clock.advance(5s);
  const auto label = [](int number) {
    return R"(name="c)" + std::to_string(number) + R"(",log_id=")" + container_id(number);
  };
  auto page = page_of(host);
  EXPECT_THAT(page, HasSubstr("hakoban_logs_container_lines_total{" + label(1) + "\"} 3\n"));
  EXPECT_THAT(page, HasSubstr("hakoban_logs_container_lag_seconds{" + label(2) + "\"} 5\n"));
  EXPECT_THAT(page, Not(HasSubstr("hakoban_logs_container_pending_bytes{" + label(2) + "\"} 0\n")));

  writer->remove();
  host.remove_container(1);
  host.ship_all();
  host.turn();
  page = page_of(host);
  EXPECT_THAT(page, Not(HasSubstr(label(1))));
  EXPECT_THAT(page, HasSubstr(label(2)));
}

}  // namespace
}  // namespace hakoban
