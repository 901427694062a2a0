#include "platform/stream_server.h"

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <map>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <fmt/format.h>

#include "platform/pulse.h"

namespace hakoban {
namespace {

constexpr std::size_t kReadBytes = 64 << 10;
constexpr int kBacklog = 512;

Error failure(const ListenAddress& address, std::string_view doing) {
  const bool denied = errno == EACCES || errno == EPERM;
  return {denied ? Errc::denied : Errc::unavailable,
          fmt::format("{} {}: {}", doing, to_string(address), std::strerror(errno))};
}

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

SocketAddress unix_address(const std::string& path) {
  SocketAddress made;
  auto& address = reinterpret_cast<sockaddr_un&>(made.storage);
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  made.size = sizeof address;
  return made;
}

SocketAddress ip_address(const ListenAddress& listen) {
  SocketAddress made;
  if (auto& four = reinterpret_cast<sockaddr_in&>(made.storage);
      ::inet_pton(AF_INET, listen.host.c_str(), &four.sin_addr) == 1) {
    four.sin_family = AF_INET;
    four.sin_port = htons(listen.port);
    made.size = sizeof four;
    return made;
  }
  auto& six = reinterpret_cast<sockaddr_in6&>(made.storage);
  six.sin6_addr = in6addr_any;
  if (!listen.host.empty()) ::inet_pton(AF_INET6, listen.host.c_str(), &six.sin6_addr);
  six.sin6_family = AF_INET6;
  six.sin6_port = htons(listen.port);
  made.size = sizeof six;
  return made;
}

// Only a socket that nobody listens at is taken away.
void remove_stale_socket(const std::string& path) {
  struct stat found {};
  if (::lstat(path.c_str(), &found) != 0 || !S_ISSOCK(found.st_mode)) return;
  const auto address = unix_address(path);
  const int probe = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const bool answered =
      ::connect(probe, reinterpret_cast<const sockaddr*>(&address.storage), address.size) == 0;
  ::close(probe);
  if (!answered) ::unlink(path.c_str());
}

}  // namespace

class StreamServer::Impl {
 public:
  Impl(std::vector<ListenAddress> addresses, StreamLimits limits)
      : addresses_(std::move(addresses)), limits_(limits), wake_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}

  ~Impl() {
    stop_accepting();
    for (auto& [id, connection] : connections_) ::close(connection.socket);
    if (wake_ >= 0) ::close(wake_);
    for (const auto& address : addresses_) {
      if (!address.unix_socket.empty() && bound_) ::unlink(address.unix_socket.c_str());
    }
  }

  Result<void> bind() {
    for (const auto& address : addresses_) {
      if (auto bound = bind_one(address); !bound) return bound;
    }
    bound_ = true;
    return {};
  }

  std::vector<Ready> wait(Duration patience, bool hold, const std::stop_token& stop) {
    if (!hold) forget_ended();
    poll_once(patience, hold, stop);
    std::vector<Ready> ready;
    for (auto& [id, connection] : connections_) {
      const bool left = hold && !connection.received.empty();
      if (connection.fresh || connection.ended || left)
        ready.push_back({id, &connection.received, connection.ended});
      connection.fresh = false;
    }
    return ready;
  }

  void send(ConnectionId id, std::string_view bytes) {
    const auto found = connections_.find(id);
    if (found == connections_.end() || found->second.ended) return;
    found->second.unsent += bytes;
    flush(found->second);
  }

  void close(ConnectionId id) {
    const auto found = connections_.find(id);
    if (found == connections_.end()) return;
    ::close(found->second.socket);
    connections_.erase(found);
  }

  void stop_accepting() {
    for (const int listener : listeners_) ::close(listener);
    listeners_.clear();
  }

  [[nodiscard]] std::size_t connections() const { return connections_.size(); }
  [[nodiscard]] std::vector<std::uint16_t> ports() const { return ports_; }

 private:
  struct Connection {
    int socket = -1;
    std::string received;
    std::string unsent;
    bool fresh = false;  // bytes came since they were last offered
    bool ended = false;
  };

  Result<void> bind_one(const ListenAddress& address) {
    const bool is_unix = !address.unix_socket.empty();
    if (is_unix) remove_stale_socket(address.unix_socket);
    const auto target = is_unix ? unix_address(address.unix_socket) : ip_address(address);
    const int listener = ::socket(target.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (listener < 0) return failure(address, "opening a socket for");
    listeners_.push_back(listener);
    const int yes = 1;
    ::setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (::bind(listener, reinterpret_cast<const sockaddr*>(&target.storage), target.size) != 0 ||
        ::listen(listener, kBacklog) != 0)
      return failure(address, "listening at");
    if (is_unix) {
      ::chmod(address.unix_socket.c_str(), 0660);
      return {};
    }
    sockaddr_in6 bound{};  // the port stands at the same place in both families
    socklen_t size = sizeof bound;
    ::getsockname(listener, reinterpret_cast<sockaddr*>(&bound), &size);
    ports_.push_back(ntohs(bound.sin6_port));
    return {};
  }

  void poll_once(Duration patience, bool hold, const std::stop_token& stop) {
    std::vector<pollfd> polled{{wake_, POLLIN, 0}};
    if (!hold) {
      for (const int listener : listeners_) polled.push_back({listener, POLLIN, 0});
    }
    const auto first_connection = polled.size();
    std::vector<Connection*> order;
    for (auto& [id, connection] : connections_) {
      const bool read = !hold && connection.received.size() < limits_.received_bytes;
      polled.push_back({connection.socket,
                        static_cast<short>((read ? POLLIN : 0) | (connection.unsent.empty() ? 0 : POLLOUT)),
                        0});
      order.push_back(&connection);
    }
    {
      const Idle idle;
      const std::stop_callback on_stop{stop, [this] { ::eventfd_write(wake_, 1); }};
      const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(patience).count();
      ::poll(polled.data(), polled.size(), static_cast<int>(milliseconds));
    }
    eventfd_t woken = 0;
    ::eventfd_read(wake_, &woken);
    for (std::size_t i = 0; i < order.size(); ++i) {
      const auto events = polled[first_connection + i].revents;
      if ((events & POLLOUT) != 0) flush(*order[i]);
      if ((events & POLLIN) != 0) read(*order[i]);
      if ((events & (POLLHUP | POLLERR)) != 0 && (events & POLLIN) == 0 && !hold) order[i]->ended = true;
    }
    for (std::size_t i = 1; i < first_connection; ++i) {
      if ((polled[i].revents & POLLIN) != 0) accept_all(polled[i].fd);
    }
  }

  void accept_all(int listener) {
    for (;;) {
      const int socket = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (socket < 0) return;
      if (connections_.size() >= limits_.connections) {
        ::close(socket);
        continue;
      }
      connections_[next_id_++].socket = socket;
    }
  }

  void read(Connection& connection) const {
    const auto had = connection.received.size();
    connection.received.resize(had + kReadBytes);
    const auto count = ::recv(connection.socket, connection.received.data() + had, kReadBytes, 0);
    connection.received.resize(had + static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    if (count > 0) connection.fresh = true;
    const bool later = count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
    if (count <= 0 && !later) connection.ended = true;
  }

  void flush(Connection& connection) const {
    const auto count =
        ::send(connection.socket, connection.unsent.data(), connection.unsent.size(), MSG_NOSIGNAL);
    if (count > 0) connection.unsent.erase(0, static_cast<std::size_t>(count));
    const bool later = count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
    if ((count < 0 && !later) || connection.unsent.size() > limits_.unsent_bytes) connection.ended = true;
  }

  void forget_ended() {
    for (auto at = connections_.begin(); at != connections_.end();) {
      if (!at->second.ended) {
        ++at;
        continue;
      }
      ::close(at->second.socket);
      at = connections_.erase(at);
    }
  }

  const std::vector<ListenAddress> addresses_;
  const StreamLimits limits_;
  const int wake_;
  bool bound_ = false;
  std::vector<int> listeners_;
  std::vector<std::uint16_t> ports_;
  std::map<ConnectionId, Connection> connections_;
  ConnectionId next_id_ = 1;
};

StreamServer::StreamServer(std::vector<ListenAddress> addresses, StreamLimits limits)
    : impl_(std::make_unique<Impl>(std::move(addresses), limits)) {}

StreamServer::~StreamServer() = default;

Result<void> StreamServer::bind() {
  return impl_->bind();
}

std::vector<StreamServer::Ready> StreamServer::wait(Duration patience, bool hold,
                                                    const std::stop_token& stop) {
  return impl_->wait(patience, hold, stop);
}

void StreamServer::send(ConnectionId id, std::string_view bytes) {
  impl_->send(id, bytes);
}

void StreamServer::close(ConnectionId id) {
  impl_->close(id);
}

void StreamServer::stop_accepting() {
  impl_->stop_accepting();
}

std::size_t StreamServer::connections() const {
  return impl_->connections();
}

std::vector<std::uint16_t> StreamServer::bound_ports() const {
  return impl_->ports();
}

}  // namespace hakoban
