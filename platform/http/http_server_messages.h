// Between Beast's messages and ours. Only for http_server.cpp: it keeps the server itself readable.
#pragma once

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/system/error_code.hpp>

#include "platform/http/http_server.h"

namespace hakoban {

using BeastRequest = boost::beast::http::request<boost::beast::http::string_body>;
using BeastResponse = boost::beast::http::response<boost::beast::http::string_body>;

// Nothing: the target is no path, or its percent-encoding is broken. Moves the body out.
[[nodiscard]] std::optional<HttpQuery> to_query(BeastRequest& request);

// The answer to what could not be read as a request: 400, 413 or 431. Nothing: the connection itself failed,
// there is nobody to answer.
[[nodiscard]] std::optional<HttpReply> refusal(const boost::system::error_code& failed);

// What the handler says; a handler that throws is a 500 and a line in the log.
[[nodiscard]] HttpReply ask_handler(const HttpHandler& handler, BeastRequest& request);

// The next part of a body; empty at its end. Nothing, and a line in the log: it threw.
[[nodiscard]] std::optional<std::string_view> next_part(HttpBodyStream& stream);

// `head`: Content-Length tells of a body that is not there.
[[nodiscard]] BeastResponse to_response(HttpReply reply, unsigned http_version, bool head);

}  // namespace hakoban
