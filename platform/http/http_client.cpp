#include "platform/http/http_client.h"

#include <boost/algorithm/string/predicate.hpp>

namespace hakoban {

std::optional<std::string_view> HttpResponse::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (boost::algorithm::iequals(key, name)) return value;
  }
  return std::nullopt;
}

}  // namespace hakoban
