#include "core/result.h"

#include <stdexcept>

#include <fmt/format.h>

namespace hakoban {

std::string_view name_of(Errc code) {
  switch (code) {
    case Errc::not_found:
      return "not_found";
    case Errc::timeout:
      return "timeout";
    case Errc::unavailable:
      return "unavailable";
    case Errc::throttled:
      return "throttled";
    case Errc::denied:
      return "denied";
    case Errc::malformed:
      return "malformed";
    case Errc::invalid:
      return "invalid";
    case Errc::exists:
      return "exists";
    case Errc::cancelled:
      return "cancelled";
  }
  return "unknown";
}

Error Error::within(std::string_view context) const {
  return {code, fmt::format("{}: {}", context, what)};
}

bool Error::transient() const {
  return code == Errc::timeout || code == Errc::unavailable || code == Errc::throttled;
}

void throw_exception_from_error(const Error& error, const boost::source_location& where) {
  throw std::logic_error(
      fmt::format("{}:{}: value() of a failed result: {}", where.file_name(), where.line(), error.what));
}

}  // namespace hakoban
