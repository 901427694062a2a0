// A sender of the forward protocol over a Unix socket, as fluent-logger is one.
#pragma once

#include <poll.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace hakoban {

class ForwardSender {
 public:
  explicit ForwardSender(const std::string& path)
      : socket_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    EXPECT_EQ(::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0) << path;
  }
  ~ForwardSender() { ::close(socket_); }
  ForwardSender(const ForwardSender&) = delete;
  ForwardSender& operator=(const ForwardSender&) = delete;

  void send(std::string_view bytes) const {
    EXPECT_EQ(::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
  }

  // What the peer has sent by now.
  [[nodiscard]] std::string received() const {
    std::string text(4096, '\0');
    const auto count = ::recv(socket_, text.data(), text.size(), MSG_DONTWAIT);
    text.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
    return text;
  }

  // The peer closed the connection.
  [[nodiscard]] bool closed() const {
    char byte = 0;
    return ::recv(socket_, &byte, 1, MSG_DONTWAIT | MSG_PEEK) == 0;
  }

 private:
  const int socket_;
};

}  // namespace hakoban
