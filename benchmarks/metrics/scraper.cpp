#include "benchmarks/metrics/scraper.h"

#include <algorithm>
#include <arpa/inet.h>
#include <chrono>
#include <iostream>
#include <netinet/in.h>
#include <optional>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

namespace hakoban::bench {
namespace {

// The length of the whole answer; nothing when there was none, or another than 200.
std::optional<std::size_t> fetch(int port, const std::string& request, std::vector<char>& buffer) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<std::uint16_t>(port));
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::optional<std::size_t> length;
  if (::connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0 &&
      ::write(fd, request.data(), request.size()) == static_cast<ssize_t>(request.size())) {
    std::size_t total = 0;
    bool good = false;
    for (;;) {
      const auto count = ::read(fd, buffer.data(), buffer.size());
      if (count <= 0) break;
      if (total == 0) good = std::string{buffer.data(), static_cast<std::size_t>(count)}.find(" 200 ") == 8;
      total += static_cast<std::size_t>(count);
    }
    if (good) length = total;
  }
  ::close(fd);
  return length;
}

}  // namespace

int run_scraper(int port, int count, int pause_ms, const std::string& encoding) {
  std::string request = "GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n";
  if (!encoding.empty()) request += "Accept-Encoding: " + encoding + "\r\n";
  request += "\r\n";
  std::vector<char> buffer(1 << 20);
  std::vector<double> times;
  std::size_t bytes = 0;
  for (int i = 0; i < count; ++i) {
    const auto began = std::chrono::steady_clock::now();
    const auto length = fetch(port, request, buffer);
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - began;
    if (!length) {
      std::cerr << "scraper: no good answer from port " << port << '\n';
      return 1;
    }
    bytes = *length;
    times.push_back(took.count());
    ::usleep(static_cast<useconds_t>(pause_ms) * 1000);
  }
  std::sort(times.begin(), times.end());
  std::cout << times[times.size() / 2] << ' ' << times[times.size() * 99 / 100] << ' ' << bytes << '\n';
  return 0;
}

}  // namespace hakoban::bench
