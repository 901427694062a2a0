// A server of raw bytes on loopback or on a unix socket, for what no decent HTTP server would do: answer
// slowly, partly, with garbage, never.
#pragma once

#include <arpa/inet.h>
#include <atomic>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <netinet/in.h>
#include <poll.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

namespace hakoban {

// One accepted connection. Every wait ends when the server goes.
class ScriptedPeer {
 public:
  ScriptedPeer(int socket, const std::stop_token& stop) : socket_(socket), stop_(stop) {}

  // One request with its body (Content-Length); "" when the client closed.
  std::string read_request() {
    while (true) {
      const auto head_end = buffer_.find("\r\n\r\n");
      if (head_end != std::string::npos) {
        const std::size_t length = head_end + 4 + content_length(buffer_.substr(0, head_end));
        if (buffer_.size() >= length) {
          std::string request = buffer_.substr(0, length);
          buffer_.erase(0, length);
          return request;
        }
      }
      if (!read_more()) return {};
    }
  }

  void write(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }

  void answer(int status, std::string_view body, std::string_view headers = "") {
    write("HTTP/1.1 " + std::to_string(status) + " X\r\nContent-Length: " + std::to_string(body.size()) +
          "\r\n" + std::string{headers} + "\r\n" + std::string{body});
  }

  // Until the client closes, or the server goes.
  void hang() {
    while (read_more()) {
    }
  }

  // The next close sends RST in place of FIN.
  void reset_on_close() {
    const linger now{1, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  }

 private:
  static std::size_t content_length(const std::string& head) {
    const auto at = head.find("Content-Length: ");
    return at == std::string::npos ? 0 : std::strtoul(head.c_str() + at + 16, nullptr, 10);
  }

  bool read_more() {
    while (!stop_.stop_requested()) {
      pollfd ready{socket_, POLLIN, 0};
      if (::poll(&ready, 1, 20) <= 0) continue;
      char piece[65536];
      const auto got = ::recv(socket_, piece, sizeof piece, 0);
      if (got <= 0) return false;
      buffer_.append(piece, static_cast<std::size_t>(got));
      return true;
    }
    return false;
  }

  const int socket_;
  const std::stop_token stop_;
  std::string buffer_;
};

// `serve` runs once for each connection, on a thread of its own; when it returns, the connection is closed.
class ScriptedServer {
 public:
  using Serve = std::function<void(ScriptedPeer&)>;

  explicit ScriptedServer(Serve serve, const std::string& unix_path = "") : serve_(std::move(serve)) {
    listener_ = unix_path.empty() ? listen_on_loopback() : listen_on(unix_path);
    acceptor_ = std::jthread{[this](const std::stop_token& stop) { accept_all(stop); }};
  }

  ~ScriptedServer() {
    acceptor_.request_stop();
    acceptor_.join();
    peers_.clear();
    ::close(listener_);
  }

  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  [[nodiscard]] std::string url(std::string_view path = "/") const {
    return "http://127.0.0.1:" + std::to_string(port_) + std::string{path};
  }
  [[nodiscard]] int connections() const { return connections_; }

 private:
  int listen_on_loopback() {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    if (::bind(socket, reinterpret_cast<sockaddr*>(&address), length) != 0 || ::listen(socket, 64) != 0)
      throw std::runtime_error{"cannot listen on loopback"};
    ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &length);
    port_ = ntohs(address.sin_port);
    return socket;
  }

  static int listen_on(const std::string& path) {
    const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    ::unlink(path.c_str());
    if (::bind(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(socket, 64) != 0)
      throw std::runtime_error{"cannot listen on " + path};
    return socket;
  }

  void accept_all(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      pollfd ready{listener_, POLLIN, 0};
      if (::poll(&ready, 1, 20) <= 0) continue;
      const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (socket < 0) continue;
      ++connections_;
      peers_.emplace_back([this, socket](const std::stop_token& peer_stop) {
        ScriptedPeer peer{socket, peer_stop};
        serve_(peer);
        ::close(socket);
      });
    }
  }

  const Serve serve_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<int> connections_{0};
  std::vector<std::jthread> peers_;  // touched by the acceptor alone until it has ended
  std::jthread acceptor_;
};

}  // namespace hakoban
