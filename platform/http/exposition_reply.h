// A page of metrics in the form that its client asks for: text 0.0.4 or OpenMetrics, plain or gzip.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "platform/http/http_server.h"

namespace hakoban {

// Whether an Accept-Encoding header takes gzip ("gzip", "*"), weights of 0 refused. RFC 9110, 12.5.3.
[[nodiscard]] bool accepts_gzip(std::string_view accept_encoding);

// Whether an Accept header prefers OpenMetrics 1.0 to the text format: names it with a weight no less than
// text/plain's. RFC 9110, 12.5.1.
[[nodiscard]] bool prefers_openmetrics(std::string_view accept);

// `page`: text format 0.0.4 in parts of whole lines. Rewritten and compressed part by part while it is sent,
// and compressed only when the client asks for it: that costs about as much as making the page.
[[nodiscard]] HttpReply exposition_reply(const HttpQuery& query, std::unique_ptr<HttpBodyStream> page);

// A small page that is there already: answered as a body with a length.
[[nodiscard]] HttpReply exposition_reply(const HttpQuery& query, std::string page);

}  // namespace hakoban
