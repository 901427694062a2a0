#include "platform/http/http_server.h"

#include <cstring>
#include <sys/stat.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <fmt/format.h>

#include "platform/http/http_server_connection.h"
#include "platform/http/tls_source.h"
#include "platform/pulse.h"

namespace hakoban {
namespace {

namespace asio = boost::asio;
using Endpoint = ServerProtocol::endpoint;
using ErrorCode = boost::system::error_code;

Errc code_of(const ErrorCode& failed) {
  if (failed == boost::system::errc::address_in_use) return Errc::exists;
  if (failed == boost::system::errc::permission_denied) return Errc::denied;
  return Errc::invalid;
}

// A socket file that nobody listens on any more would make bind() fail for ever.
void remove_stale_socket(const std::string& path) {
  struct stat found {};
  if (::lstat(path.c_str(), &found) == 0 && S_ISSOCK(found.st_mode)) ::unlink(path.c_str());
}

Error bind_error(const ListenAddress& address, const ErrorCode& failed) {
  return {code_of(failed), fmt::format("listening on {}: {}", to_string(address), failed.message())};
}

// A body in parts must not wait for acknowledgements of the parts before.
void send_at_once(ServerProtocol::socket& socket) {
  ErrorCode ignored;  // a unix socket does not wait anyway
  socket.set_option(asio::ip::tcp::no_delay{true}, ignored);
}

// One listening socket.
class Listener {
 public:
  Listener(ListenAddress address, asio::io_context& io)
      : address_(std::move(address)), io_(io), acceptor_(io), pause_(io) {}

  Result<void> bind() {
    if (!address_.unix_socket.empty()) {
      remove_stale_socket(address_.unix_socket);
      return listen(asio::local::stream_protocol::endpoint{address_.unix_socket});
    }
    if (!address_.host.empty()) {
      ErrorCode failed;
      const auto ip = asio::ip::make_address(address_.host, failed);
      if (failed) return bind_error(address_, failed);
      return listen(asio::ip::tcp::endpoint{ip, address_.port});
    }
    auto both = listen(asio::ip::tcp::endpoint{asio::ip::tcp::v6(), address_.port});
    if (both || both.error().code != Errc::invalid) return both;
    return listen(asio::ip::tcp::endpoint{asio::ip::tcp::v4(), address_.port});  // a host without IPv6
  }

  std::uint16_t port() const { return port_; }

  // Hands each connection to `take`, one after the other, for ever.
  template <class Take>
  void accept(Take take) {
    acceptor_.async_accept(asio::make_strand(io_),
                           [this, take](ErrorCode failed, ServerProtocol::socket socket) {
                             if (failed) return accept_later(take);  // no use in asking again at once
                             take(std::move(socket));
                             accept(take);
                           });
  }

  void close() {
    ErrorCode ignored;  // closing cannot be undone or tried again
    acceptor_.close(ignored);
    if (!address_.unix_socket.empty()) ::unlink(address_.unix_socket.c_str());
  }

 private:
  Result<void> listen(const Endpoint& endpoint) {
    ErrorCode failed;
    acceptor_.open(endpoint.protocol(), failed);
    if (!failed) acceptor_.set_option(asio::socket_base::reuse_address{true}, failed);
    if (!failed && endpoint.protocol().family() == AF_INET6)
      acceptor_.set_option(asio::ip::v6_only{!address_.host.empty()}, failed);
    if (!failed) acceptor_.bind(endpoint, failed);
    if (!failed) acceptor_.listen(asio::socket_base::max_listen_connections, failed);
    if (failed) {
      ErrorCode ignored;  // the first failure tells the story
      acceptor_.close(ignored);
      return bind_error(address_, failed);
    }
    port_ = bound_port_of(acceptor_.local_endpoint(failed));
    return {};
  }

  static std::uint16_t bound_port_of(const Endpoint& endpoint) {
    if (endpoint.protocol().family() != AF_INET && endpoint.protocol().family() != AF_INET6) return 0;
    asio::ip::tcp::endpoint tcp;
    std::memcpy(tcp.data(), endpoint.data(), endpoint.size());
    return tcp.port();
  }

  // Out of descriptors, perhaps.
  template <class Take>
  void accept_later(Take take) {
    pause_.expires_after(std::chrono::milliseconds{100});
    pause_.async_wait([this, take](ErrorCode) { accept(take); });
  }

  const ListenAddress address_;
  asio::io_context& io_;
  asio::basic_socket_acceptor<ServerProtocol> acceptor_;
  asio::steady_timer pause_;
  std::uint16_t port_ = 0;
};

}  // namespace

class HttpServer::Impl {
 public:
  Impl(const std::vector<ListenAddress>& addresses, HttpHandler handler, HttpServerConfig config,
       TlsSource* tls)
      : handler_(std::move(handler)), config_(config), tls_(tls) {
    for (const auto& address : addresses) listeners_.push_back(std::make_unique<Listener>(address, io_));
  }

  Result<void> bind() {
    if (tls_ != nullptr && !tls_->tls_enabled()) tls_ = nullptr;
    for (const auto& listener : listeners_) {
      if (auto bound = listener->bind(); !bound) return bound;
    }
    return {};
  }

  std::uint16_t port() const { return listeners_.empty() ? std::uint16_t{0} : listeners_.front()->port(); }

  void run(const std::stop_token& stop) {
    for (const auto& listener : listeners_)
      listener->accept([this](ServerProtocol::socket socket) { take(std::move(socket)); });
    const std::stop_callback end{stop, [&] { io_.stop(); }};
    std::vector<std::jthread> workers;
    for (unsigned i = 1; i < config_.workers; ++i)
      workers.emplace_back([&] {
        const WatchedThread watched{"web-worker"};
        serve();
      });
    serve();
    workers.clear();
    for (const auto& listener : listeners_) listener->close();
  }

 private:
  // Comes back now and then, so that a handler that hangs is told from a quiet hour.
  void serve() {
    while (!io_.stopped()) {
      io_.run_for(30s);
      const Idle passing;
    }
  }

  // A socket that is not taken is closed by its end.
  void take(ServerProtocol::socket socket) {
    if (shared_.connections >= config_.max_connections) return;
    send_at_once(socket);
    if (tls_ == nullptr) return serve_plain(std::move(socket), shared_);
    if (const auto context = tls_->tls_context()) serve_tls(std::move(socket), shared_, *context);
  }

  const HttpHandler handler_;
  const HttpServerConfig config_;
  TlsSource* tls_;  // null: no TLS
  ServerShared shared_{handler_, config_};
  asio::io_context io_;  // after what connections refer to: it destroys those that are left
  std::vector<std::unique_ptr<Listener>> listeners_;
};

HttpServer::HttpServer(const std::vector<ListenAddress>& addresses, HttpHandler handler,
                       HttpServerConfig config, TlsSource* tls)
    : impl_(std::make_unique<Impl>(addresses, std::move(handler), config, tls)) {}

HttpServer::~HttpServer() = default;

Result<void> HttpServer::bind() {
  return impl_->bind();
}

std::uint16_t HttpServer::bound_port() const {
  return impl_->port();
}

void HttpServer::run(const std::stop_token& stop) {
  impl_->run(stop);
}

}  // namespace hakoban
