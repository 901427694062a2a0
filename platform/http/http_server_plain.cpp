#include "platform/http/http_server_connection.h"

namespace hakoban {
void serve_plain(ServerProtocol::socket socket, ServerShared& shared) {
  using Connection = ServerConnection<PlainTransport>;
  auto connection = std::make_unique<Connection>(shared, std::move(socket));
  auto where = connection->stream().get_executor();
  boost::asio::post(where, [connection = std::move(connection)]() mutable {
    Connection::read_first(std::move(connection));
  });
}

}  // namespace hakoban
