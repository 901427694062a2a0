#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/detect_ssl.hpp>
#include <openssl/ssl.h>

#include "platform/http/http_server_connection.h"

namespace hakoban {
namespace {

namespace asio = boost::asio;
using ErrorCode = boost::system::error_code;

// asio's context frees what it is made of: a reference more makes that ours alone.
SSL_CTX* one_more_reference(const TlsContext& context) {
  SSL_CTX_up_ref(context.get());
  return context.get();
}

class TlsTransport {
 public:
  TlsTransport(ServerProtocol::socket socket, const TlsContext& context)
      : context_(one_more_reference(context)), stream_(std::move(socket), context_) {}

  auto& stream() { return stream_; }

  // What is sent must be sealed first: that is the stream's own work.
  template <class Buffers>
  static std::size_t write_at_once(const Buffers&, ErrorCode&) {
    return 0;
  }

  // Says goodbye by TLS's close_notify, then as without TLS.
  template <class Owner>
  static void hang_up(Owner self) {
    auto& stream = self->stream_;
    stream.async_shutdown([self = std::move(self)](ErrorCode) mutable {
      ErrorCode ignored;  // the client may be gone already: nothing is lost then
      self->socket_stream().socket().shutdown(asio::socket_base::shutdown_send, ignored);
      std::remove_reference_t<decltype(*self)>::drain(std::move(self));
    });
  }

 private:
  asio::ssl::context context_;
  asio::ssl::stream<PlainStream> stream_;
};

// For the one answer to somebody who speaks HTTP where TLS is spoken.
using Mistake = ServerConnection<PlainTransport>;
using Connection = ServerConnection<TlsTransport>;

void tell_mistake(Connection::Owner connection, ServerShared& shared) {
  auto mistake = std::make_unique<Mistake>(shared, std::move(connection->socket_stream()));
  connection.reset();
  Mistake::tell(std::move(mistake), {.status = 400, .body = "this server speaks HTTPS\n"});
}

void handshake(Connection::Owner connection) {
  auto& me = *connection;
  me.stream().async_handshake(
      asio::ssl::stream_base::server, me.buffer().data(),
      [connection = std::move(connection)](ErrorCode failed, std::size_t used) mutable {
        if (failed) return;
        connection->buffer().consume(used);
        Connection::read_first(std::move(connection));
      });
}

}  // namespace

void serve_tls(ServerProtocol::socket socket, ServerShared& shared, const TlsContext& context) {
  auto connection = std::make_unique<Connection>(shared, std::move(socket), context);
  auto where = connection->stream().get_executor();
  asio::post(where, [&shared, connection = std::move(connection)]() mutable {
    auto& me = *connection;
    me.expires_after(me.limits().request_timeout);
    boost::beast::async_detect_ssl(
        me.socket_stream(), me.buffer(),
        [&shared, connection = std::move(connection)](ErrorCode failed, bool is_tls) mutable {
          if (failed) return;
          if (!is_tls) return tell_mistake(std::move(connection), shared);
          handshake(std::move(connection));
        });
  });
}

}  // namespace hakoban
