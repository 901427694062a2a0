// Passwords of HTTP's basic authentication against bcrypt hashes, as Prometheus's exporters keep them.
#pragma once

#include <array>
#include <cstddef>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace hakoban {

// "$2y$10$" and 53 characters; also $2a$ and $2b$, costs 4 to 31.
[[nodiscard]] bool is_bcrypt_hash(std::string_view text);

struct Login {
  std::string user;
  std::string password;
};

// Reads an Authorization header of the scheme Basic. RFC 7617. Nothing: another scheme, or broken.
[[nodiscard]] std::optional<Login> parse_basic_auth(std::string_view header);

// bcrypt is slow on purpose (60 ms at cost 10), so answers are remembered, under a keyed digest of the
// password, and only a few computations are waited for: who has logged in before never waits behind somebody
// who guesses. Thread-safe.
class PasswordCheck {
 public:
  enum class Answer { right, wrong, busy };

  PasswordCheck();

  // `users`: name, hash. An unknown user takes as long as a wrong password.
  [[nodiscard]] Answer check(const std::map<std::string, std::string>& users, const Login& login);

 private:
  using Key = std::array<unsigned char, 32>;

  [[nodiscard]] Key key_of(const Login& login, const std::string& hash) const;
  [[nodiscard]] std::optional<bool> remembered(const Key& key);
  void remember(const Key& key, bool right);

  std::string secret_;  // of this process: keys tell nothing of passwords
  std::mutex mutex_;    // guards the next three
  std::list<Key> newest_first_;
  std::map<Key, bool> answers_;
  int computing_ = 0;
  std::mutex bcrypt_;  // one computation at a time
};

}  // namespace hakoban
