// One connection of the web server, over TCP, a unix socket, or TLS on either. Only for http_server*.cpp.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/buffers_suffix.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/stream_traits.hpp>
#include <boost/beast/http.hpp>
#include <fmt/format.h>

#include "platform/http/http_server.h"
#include "platform/http/http_server_messages.h"
#include "platform/http/tls_source.h"

namespace hakoban {

using ServerProtocol = boost::asio::generic::stream_protocol;  // TCP and unix sockets alike
using PlainStream = boost::beast::basic_stream<ServerProtocol>;

// What all connections of a server share.
struct ServerShared {
  const HttpHandler& handler;
  const HttpServerConfig& config;
  std::atomic<std::size_t> connections{0};
  std::atomic<std::size_t> unsent_bytes{0};  // bodies of answers under way
};

// Serves the connection until it ends, in the socket's own executor.
void serve_plain(ServerProtocol::socket socket, ServerShared& shared);
// The same behind a TLS handshake. Who speaks HTTP to it is told so.
void serve_tls(ServerProtocol::socket socket, ServerShared& shared, const TlsContext& context);

// Beast wants the steady clock's own resolution.
inline auto for_stream(Duration duration) {
  return std::chrono::duration_cast<std::chrono::steady_clock::duration>(duration);
}

// It is owned by the operation that it waits for: each completion handler carries it to the next.
// `Transport` holds the stream: stream(); write_at_once(buffers, failed), which returns how many bytes the
// socket has taken without a wait; and hang_up(owner), which ends it in its protocol's way.
template <class Transport>
class ServerConnection : public Transport {
 public:
  using Owner = std::unique_ptr<ServerConnection>;
  using ErrorCode = boost::system::error_code;

  template <class... Parts>
  explicit ServerConnection(ServerShared& shared, Parts&&... parts)
      : Transport(std::forward<Parts>(parts)...), shared_(shared) {
    ++shared_.connections;
  }
  ~ServerConnection() {
    --shared_.connections;
    shared_.unsent_bytes -= unsent_bytes_;
  }
  ServerConnection(const ServerConnection&) = delete;
  ServerConnection& operator=(const ServerConnection&) = delete;

  auto& socket_stream() { return boost::beast::get_lowest_layer(this->stream()); }
  void expires_after(Duration limit) { socket_stream().expires_after(for_stream(limit)); }
  [[nodiscard]] const HttpServerConfig& limits() const { return shared_.config; }
  boost::beast::flat_buffer& buffer() { return buffer_; }

  // The first request must come within the request time-out; later ones may keep the connection idle before.
  static void read_first(Owner self) { read(std::move(self), false); }

  // Says one thing and ends.
  static void tell(Owner self, HttpReply reply) {
    self->respond(std::move(reply), 11, false, false);
    write(std::move(self), false);
  }

  // Reads on for a moment: closing on unread input would reset the connection and might take our last answer
  // from the client.
  static void drain(Owner self) {
    auto& me = *self;
    me.buffer_.clear();
    me.socket_stream().async_read_some(me.buffer_.prepare(kReadBytes),
                                       [self = std::move(self)](ErrorCode failed, std::size_t) mutable {
                                         if (!failed) drain(std::move(self));
                                       });
  }

 private:
  using PartBuffers = std::array<boost::asio::const_buffer, 3>;

  static void read(Owner self, bool may_idle) {
    auto& me = *self;
    me.parser_.emplace();
    me.parser_->header_limit(static_cast<std::uint32_t>(me.limits().max_header_bytes));
    me.parser_->body_limit(me.limits().max_body_bytes);
    if (!may_idle || me.buffer_.size() > 0) return read_request(std::move(self));
    me.expires_after(me.limits().idle_timeout);
    me.stream().async_read_some(me.buffer_.prepare(kReadBytes),
                                [self = std::move(self)](ErrorCode failed, std::size_t count) mutable {
                                  if (failed) return;
                                  self->buffer_.commit(count);
                                  read_request(std::move(self));
                                });
  }

  static void read_request(Owner self) {
    auto& me = *self;
    me.expires_after(me.limits().request_timeout);
    boost::beast::http::async_read(
        me.stream(), me.buffer_, *me.parser_,
        [self = std::move(self)](ErrorCode failed, std::size_t) mutable { answer(std::move(self), failed); });
  }

  static void answer(Owner self, ErrorCode failed) {
    auto& me = *self;
    auto reply = failed ? refusal(failed) : ask_handler(me.shared_.handler, me.parser_->get());
    if (!reply) return;  // gone, or too slow: closed by the owner's end
    const auto& request = me.parser_->get();
    const bool head = !failed && request.method() == boost::beast::http::verb::head;
    me.respond(*std::move(reply), failed ? 11 : request.version(), head, !failed && request.keep_alive());
    write(std::move(self), head);
  }

  void respond(HttpReply reply, unsigned version, bool head, bool keep_alive) {
    unsent_bytes_ = reply.body.size();
    if (shared_.unsent_bytes.fetch_add(unsent_bytes_) + unsent_bytes_ > limits().max_unsent_bytes) {
      shared_.unsent_bytes -= std::exchange(unsent_bytes_, 0);
      reply = too_many_answers();
    }
    auto stream = std::move(reply.stream);
    response_ = to_response(std::move(reply), version, head);
    response_.keep_alive(keep_alive);
    if (stream) announce(std::move(stream), head);
    serializer_.emplace(response_);
  }

  // HTTP/1.0 has no chunks: there the end of the connection is the end of the body.
  void announce(std::unique_ptr<HttpBodyStream> stream, bool head) {
    response_.content_length(boost::none);
    if (response_.version() >= 11)
      response_.chunked(true);
    else
      response_.keep_alive(false);
    if (!head) body_stream_ = std::move(stream);
  }

  static void write(Owner self, bool head) {
    auto& me = *self;
    me.expires_after(me.limits().reply_timeout);
    auto next = [self = std::move(self)](ErrorCode failed, std::size_t) mutable {
      if (failed) return;
      if (self->body_stream_) return write_parts(std::move(self));
      written(std::move(self));
    };
    if (head || me.body_stream_)
      return boost::beast::http::async_write_header(me.stream(), *me.serializer_, std::move(next));
    boost::beast::http::async_write(me.stream(), *me.serializer_, std::move(next));
  }

  // Part after part, as long as the socket takes them; what it does not take at once waits for its turn.
  static void write_parts(Owner self) {
    auto& me = *self;
    for (;;) {
      const auto part = next_part(*me.body_stream_);
      if (!part) return;  // cut off: the client sees no last chunk
      const bool last = part->empty();
      if (last) me.body_stream_.reset();
      me.unsent_part_.emplace(me.frame(*part));
      ErrorCode failed;
      me.unsent_part_->consume(me.write_at_once(*me.unsent_part_, failed));
      if (failed) return;
      if (boost::beast::buffer_bytes(*me.unsent_part_) > 0) return write_rest(std::move(self));
      if (last) return written(std::move(self));
    }
  }

  // A chunk of RFC 9112, 7.1: an empty part is the last one. Or the part alone.
  PartBuffers frame(std::string_view part) {
    const boost::asio::const_buffer body{part.data(), part.size()};
    if (!response_.chunked()) return {boost::asio::const_buffer{}, body, boost::asio::const_buffer{}};
    const auto end = fmt::format_to(chunk_size_.begin(), "{:x}\r\n", part.size());
    const auto size = static_cast<std::size_t>(end - chunk_size_.begin());
    return {boost::asio::buffer(chunk_size_, size), body, boost::asio::const_buffer{"\r\n", 2}};
  }

  static void write_rest(Owner self) {
    auto& me = *self;
    boost::asio::async_write(me.stream(), *me.unsent_part_,
                             [self = std::move(self)](ErrorCode failed, std::size_t) mutable {
                               if (failed) return;
                               if (self->body_stream_) return write_parts(std::move(self));
                               written(std::move(self));
                             });
  }

  static void written(Owner self) {
    auto& me = *self;
    me.serializer_.reset();
    me.shared_.unsent_bytes -= std::exchange(me.unsent_bytes_, 0);
    const bool go_on = me.response_.keep_alive();
    me.response_ = {};  // megabytes, that an idle connection must not keep
    if (go_on) return read(std::move(self), true);
    me.expires_after(std::chrono::seconds{1});
    Transport::hang_up(std::move(self));
  }

  static constexpr std::size_t kReadBytes = 4096;

  ServerShared& shared_;
  std::size_t unsent_bytes_ = 0;
  std::unique_ptr<HttpBodyStream> body_stream_;
  std::array<char, 20> chunk_size_{};
  std::optional<boost::beast::buffers_suffix<PartBuffers>> unsent_part_;
  boost::beast::flat_buffer buffer_;
  std::optional<boost::beast::http::request_parser<boost::beast::http::string_body>> parser_;
  BeastResponse response_;
  std::optional<boost::beast::http::response_serializer<boost::beast::http::string_body>> serializer_;
};

class PlainTransport {
 public:
  explicit PlainTransport(ServerProtocol::socket socket) : stream_(std::move(socket)) {}
  explicit PlainTransport(PlainStream stream) : stream_(std::move(stream)) {}

  PlainStream& stream() { return stream_; }

  // The event loop and a thread's turn for each part would cost as much as sending it.
  template <class Buffers>
  std::size_t write_at_once(const Buffers& buffers, boost::system::error_code& failed) {
    auto& socket = stream_.socket();
    if (!socket.non_blocking()) socket.non_blocking(true, failed);
    if (failed) return 0;
    const auto taken = socket.send(buffers, 0, failed);
    if (failed == boost::asio::error::would_block) failed = {};
    return taken;
  }

  template <class Owner>
  static void hang_up(Owner self) {
    boost::system::error_code ignored;  // the client may be gone already: nothing is lost then
    self->stream_.socket().shutdown(boost::asio::socket_base::shutdown_send, ignored);
    std::remove_reference_t<decltype(*self)>::drain(std::move(self));
  }

 private:
  PlainStream stream_;
};

}  // namespace hakoban
