// How operations fail here. A Result<T> holds a value or an Error; every Error is handed up with context or
// is logged and counted, never dropped.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <boost/system/result.hpp>

namespace hakoban {

// Why an operation failed, as far as a caller may act on it. Add a value only when some caller branches on
// it.
enum class Errc {
  not_found,    // the thing asked for does not exist (any more)
  timeout,      // no answer in the time given
  unavailable,  // nobody there, or the peer says that it cannot serve now: worth a retry
  throttled,    // the peer asks for fewer calls: worth a retry, later
  denied,       // not allowed, or not who we said we are
  malformed,    // an answer or a file that cannot be read as what it should be
  invalid,      // the request or the configuration is wrong: the same call fails again
  exists,       // a conditional write found something there already
  cancelled,    // our own stop came first
};

[[nodiscard]] std::string_view name_of(Errc code);

struct Error {
  Errc code = Errc::unavailable;
  std::string what;

  // The same failure, told from one level up: "polling IMDS" + "no answer in 2s" = "polling IMDS: no answer
  // in 2s".
  [[nodiscard]] Error within(std::string_view context) const;

  // Whether the same call may succeed when tried again a little later.
  [[nodiscard]] bool transient() const;

  bool operator==(const Error&) const = default;
};

template <class T>
using Result = boost::system::result<T, Error>;

// Called by Result<T>::value() on a failed result. That is a broken invariant, so it throws std::logic_error.
[[noreturn]] void throw_exception_from_error(const Error& error, const boost::source_location& where);

}  // namespace hakoban
