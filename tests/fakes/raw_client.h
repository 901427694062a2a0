// A client that sends bytes as they are over a loopback or unix socket, to see what a server really answers.
#pragma once

#include <arpa/inet.h>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>

namespace hakoban::testing_tools {

class RawClient {
 public:
  explicit RawClient(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    limit_waiting();
  }
  explicit RawClient(const std::string& unix_socket) : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, unix_socket.c_str(), unix_socket.size() + 1);
    connected_ = ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    limit_waiting();
  }
  ~RawClient() { ::close(fd_); }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  [[nodiscard]] bool connected() const { return connected_; }

  // Whether the kernel took all of it; the server may have hung up meanwhile.
  bool send(std::string_view bytes) const {
    return ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
  }

  void finish_sending() const { ::shutdown(fd_, SHUT_WR); }

  // Waits for the first bytes of an answer.
  bool receives_something() { return receive(); }

  // Until the server closes.
  std::string read_all() {
    while (receive()) {
    }
    return std::exchange(received_, {});
  }

  // One answer that has a Content-Length, header and body.
  std::string read_answer(bool with_body = true) {
    std::size_t end = 0;
    while ((end = received_.find("\r\n\r\n")) == std::string::npos) {
      if (!receive()) return std::exchange(received_, {});
    }
    end += 4;
    constexpr std::string_view kLength = "Content-Length: ";
    const auto length = received_.find(kLength);
    if (with_body && length < end) end += std::stoul(received_.substr(length + kLength.size()));
    while (received_.size() < end) {
      if (!receive()) break;
    }
    auto answer = received_.substr(0, end);
    received_.erase(0, answer.size());
    return answer;
  }

 private:
  // A server that never answers must fail a test, not hang it.
  void limit_waiting() const {
    const timeval patience{20, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }

  bool receive() {
    char bytes[16384];
    const auto count = ::recv(fd_, bytes, sizeof bytes, 0);
    if (count <= 0) return false;
    received_.append(bytes, static_cast<std::size_t>(count));
    return true;
  }

  int fd_;
  bool connected_ = false;
  std::string received_;
};

}  // namespace hakoban::testing_tools
