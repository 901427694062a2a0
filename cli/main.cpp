#include <iostream>

#include "cli/cli.h"
#include "platform/http/curl_client.h"

int main(int count, char** arguments) {
  using namespace hakoban;
  CurlClient http{{std::string{"hakoban-cli/"} + HAKOBAN_VERSION, ""}};
  const SystemClock clock;
  const Environment environment = process_environment();
  const CliContext context{http, clock, environment, std::cout, std::cerr};
  return run_cli(context, HAKOBAN_VERSION, {arguments + 1, arguments + count});
}
