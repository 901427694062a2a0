#include "platform/http/http_server.h"

#include <atomic>
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
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <fmt/format.h>

#include "platform/http/http_server_messages.h"
#include "platform/pulse.h"

namespace hakoban {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using Protocol = asio::generic::stream_protocol;  // TCP and unix sockets alike
using Endpoint = Protocol::endpoint;
using ErrorCode = boost::system::error_code;

// What all connections of a server share.
struct Shared {
  const HttpHandler& handler;
  const HttpServerConfig& config;
  std::atomic<std::size_t> connections{0};
};

// Beast wants the steady clock's own resolution.
auto for_stream(Duration duration) {
  return std::chrono::duration_cast<std::chrono::steady_clock::duration>(duration);
}

// One connection. It is owned by the operation that it waits for: each completion handler carries it to the
// next.
class Connection {
 public:
  using Owner = std::unique_ptr<Connection>;

  Connection(Protocol::socket socket, Shared& shared) : stream_(std::move(socket)), shared_(shared) {
    ++shared_.connections;
  }
  ~Connection() { --shared_.connections; }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  auto executor() { return stream_.get_executor(); }

  // The first request must come within the request time-out; later ones may keep the connection idle before.
  static void read_first(Owner self) { read(std::move(self), false); }

 private:
  static void read(Owner self, bool may_idle) {
    auto& me = *self;
    me.parser_.emplace();
    me.parser_->header_limit(static_cast<std::uint32_t>(me.shared_.config.max_header_bytes));
    me.parser_->body_limit(me.shared_.config.max_body_bytes);
    if (!may_idle || me.buffer_.size() > 0) return read_request(std::move(self));
    me.stream_.expires_after(for_stream(me.shared_.config.idle_timeout));
    me.stream_.async_read_some(me.buffer_.prepare(kReadBytes),
                               [self = std::move(self)](ErrorCode failed, std::size_t count) mutable {
                                 if (failed) return;
                                 self->buffer_.commit(count);
                                 read_request(std::move(self));
                               });
  }

  static void read_request(Owner self) {
    auto& me = *self;
    me.stream_.expires_after(for_stream(me.shared_.config.request_timeout));
    http::async_read(
        me.stream_, me.buffer_, *me.parser_,
        [self = std::move(self)](ErrorCode failed, std::size_t) mutable { answer(std::move(self), failed); });
  }

  static void answer(Owner self, ErrorCode failed) {
    auto& me = *self;
    auto reply = failed ? refusal(failed) : ask_handler(me.shared_.handler, me.parser_->get());
    if (!reply) return;  // gone, or too slow: closed by the owner's end
    const auto& request = me.parser_->get();
    const bool head = !failed && request.method() == http::verb::head;
    me.response_ = to_response(*std::move(reply), failed ? 11 : request.version(), head);
    me.response_.keep_alive(!failed && request.keep_alive());
    me.serializer_.emplace(me.response_);
    write(std::move(self), head);
  }

  static void write(Owner self, bool head) {
    auto& me = *self;
    me.stream_.expires_after(for_stream(me.shared_.config.reply_timeout));
    auto next = [self = std::move(self)](ErrorCode failed, std::size_t) mutable {
      if (failed) return;
      if (self->response_.keep_alive()) return read(std::move(self), true);
      hang_up(std::move(self));
    };
    if (head) return http::async_write_header(me.stream_, *me.serializer_, std::move(next));
    http::async_write(me.stream_, *me.serializer_, std::move(next));
  }

  // Ends our side, then reads on for a moment: closing on unread input would reset the connection and might
  // take our last answer from the client.
  static void hang_up(Owner self) {
    auto& me = *self;
    ErrorCode ignored;  // the client may be gone already: nothing is lost then
    me.stream_.socket().shutdown(asio::socket_base::shutdown_send, ignored);
    me.stream_.expires_after(std::chrono::seconds{1});
    drain(std::move(self));
  }

  static void drain(Owner self) {
    auto& me = *self;
    me.buffer_.clear();
    me.stream_.async_read_some(me.buffer_.prepare(kReadBytes),
                               [self = std::move(self)](ErrorCode failed, std::size_t) mutable {
                                 if (!failed) drain(std::move(self));
                               });
  }

  static constexpr std::size_t kReadBytes = 4096;

  beast::basic_stream<Protocol> stream_;
  Shared& shared_;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  http::response<http::string_body> response_;
  std::optional<http::response_serializer<http::string_body>> serializer_;
};

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

}  // namespace

class HttpServer::Impl {
 public:
  Impl(ListenAddress address, HttpHandler handler, HttpServerConfig config)
      : address_(std::move(address)), handler_(std::move(handler)), config_(config) {}

  Result<void> bind() {
    if (!address_.unix_socket.empty()) {
      remove_stale_socket(address_.unix_socket);
      return listen(asio::local::stream_protocol::endpoint{address_.unix_socket});
    }
    if (!address_.host.empty()) {
      ErrorCode failed;
      const auto ip = asio::ip::make_address(address_.host, failed);
      if (failed)
        return Error{Errc::invalid, "listening on " + to_string(address_) + ": " + failed.message()};
      return listen(asio::ip::tcp::endpoint{ip, address_.port});
    }
    auto both = listen(asio::ip::tcp::endpoint{asio::ip::tcp::v6(), address_.port});
    if (both || both.error().code != Errc::invalid) return both;
    return listen(asio::ip::tcp::endpoint{asio::ip::tcp::v4(), address_.port});  // a host without IPv6
  }

  std::uint16_t port() const { return port_; }

  void run(const std::stop_token& stop) {
    accept();
    const std::stop_callback end{stop, [&] { io_.stop(); }};
    std::vector<std::jthread> workers;
    for (unsigned i = 1; i < config_.workers; ++i)
      workers.emplace_back([&] {
        const WatchedThread watched{"web-worker"};
        serve();
      });
    serve();
    workers.clear();
    ErrorCode ignored;  // closing cannot be undone or tried again
    acceptor_.close(ignored);
    if (!address_.unix_socket.empty()) ::unlink(address_.unix_socket.c_str());
  }

 private:
  // Comes back now and then, so that a handler that hangs is told from a quiet hour.
  void serve() {
    while (!io_.stopped()) {
      io_.run_for(30s);
      const Idle passing;
    }
  }

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
      return Error{code_of(failed),
                   fmt::format("listening on {}: {}", to_string(address_), failed.message())};
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

  void accept() {
    acceptor_.async_accept(asio::make_strand(io_), [this](ErrorCode failed, Protocol::socket socket) {
      if (!failed && shared_.connections < config_.max_connections) {
        auto connection = std::make_unique<Connection>(std::move(socket), shared_);
        auto where = connection->executor();
        asio::post(where, [connection = std::move(connection)]() mutable {
          Connection::read_first(std::move(connection));
        });
      }
      if (failed) return accept_later();  // out of descriptors: no use in asking again at once
      accept();
    });
  }

  void accept_later() {
    pause_.expires_after(std::chrono::milliseconds{100});
    pause_.async_wait([this](ErrorCode) { accept(); });
  }

  const ListenAddress address_;
  const HttpHandler handler_;
  const HttpServerConfig config_;
  std::uint16_t port_ = 0;
  Shared shared_{handler_, config_};
  asio::io_context io_;  // after what connections refer to: it destroys those that are left
  asio::basic_socket_acceptor<Protocol> acceptor_{io_};
  asio::steady_timer pause_{io_};
};

HttpServer::HttpServer(ListenAddress address, HttpHandler handler, HttpServerConfig config)
    : impl_(std::make_unique<Impl>(std::move(address), std::move(handler), config)) {}

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
