// Compression of a page, only when the client asks for it: it costs more than making the page.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace hakoban {

// Whether an Accept-Encoding header takes gzip ("gzip", "*"), weights of 0 refused. RFC 9110, 12.5.3.
[[nodiscard]] bool accepts_gzip(std::string_view accept_encoding);

// libdeflate at its cheapest level. Nothing: no memory; send it plain then.
[[nodiscard]] std::optional<std::string> gzip(std::string_view text);

}  // namespace hakoban
