#include "platform/http/basic_auth.h"

#include <algorithm>
#include <crypt.h>
#include <memory>

#include <boost/algorithm/string/predicate.hpp>
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

namespace hakoban {
namespace {

constexpr std::size_t kRemembered = 100;
constexpr int kMostComputing = 2;  // under way and waiting; the web server has four threads
constexpr std::size_t kHashLength = 60;

// Of a password that nobody has: an unknown user costs the same time as a known one.
constexpr const char* kNobodysHash = "$2b$10$5hpkQ7cULgiIZ/ou/A11a.vFfyIzN/h4RCZaT4mdFueejG6jJXACu";

bool bcrypt_matches(const std::string& password, const std::string& hash) {
  if (password.find('\0') != std::string::npos) return false;
  const auto scratch = std::make_unique<crypt_data>();  // 32 KB
  const char* made = ::crypt_r(password.c_str(), hash.c_str(), scratch.get());
  const bool right = made != nullptr && hash.size() == kHashLength &&
                     std::string_view{made}.size() == kHashLength &&
                     CRYPTO_memcmp(made, hash.data(), kHashLength) == 0;
  OPENSSL_cleanse(scratch.get(), sizeof *scratch);
  return right;
}

std::optional<std::string> base64_decode(std::string_view text) {
  if (text.empty() || text.size() % 4 != 0) return std::nullopt;
  std::string decoded(text.size() / 4 * 3, '\0');
  const int size =
      EVP_DecodeBlock(reinterpret_cast<unsigned char*>(decoded.data()),
                      reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  if (size < 0) return std::nullopt;
  const auto padding = text.ends_with("==") ? 2U : (text.ends_with('=') ? 1U : 0U);
  decoded.resize(static_cast<std::size_t>(size) - padding);
  return decoded;
}

}  // namespace

bool is_bcrypt_hash(std::string_view text) {
  if (text.size() != kHashLength || !text.starts_with("$2") || text[3] != '$' || text[6] != '$') return false;
  if (std::string_view{"aby"}.find(text[2]) == std::string_view::npos) return false;
  const auto cost = text.substr(4, 2);
  if (cost < "04" || cost > "31" || cost[1] < '0' || cost[1] > '9') return false;
  return std::all_of(text.begin() + 7, text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '.' && c <= '9');  // ./0-9
  });
}

std::optional<Login> parse_basic_auth(std::string_view header) {
  constexpr std::string_view kScheme = "basic ";
  if (header.size() < kScheme.size() || !boost::algorithm::iequals(header.substr(0, kScheme.size()), kScheme))
    return std::nullopt;
  header.remove_prefix(kScheme.size());
  while (header.starts_with(' ')) header.remove_prefix(1);
  const auto both = base64_decode(header);
  const auto colon = both ? both->find(':') : std::string::npos;
  if (colon == std::string::npos) return std::nullopt;
  return Login{both->substr(0, colon), both->substr(colon + 1)};
}

PasswordCheck::PasswordCheck() : secret_(32, '\0') {
  RAND_bytes(reinterpret_cast<unsigned char*>(secret_.data()), static_cast<int>(secret_.size()));
}

PasswordCheck::Answer PasswordCheck::check(const std::map<std::string, std::string>& users,
                                           const Login& login) {
  const auto user = users.find(login.user);
  const bool known = user != users.end();
  const std::string hash = known ? user->second : kNobodysHash;
  const auto key = key_of(login, hash);
  if (const auto answer = remembered(key)) return *answer ? Answer::right : Answer::wrong;
  {
    const std::lock_guard lock{mutex_};
    if (computing_ >= kMostComputing) return Answer::busy;
    ++computing_;
  }
  bool right = false;
  {
    const std::lock_guard one{bcrypt_};
    right = bcrypt_matches(login.password, hash) && known;
  }
  remember(key, right);
  return right ? Answer::right : Answer::wrong;
}

PasswordCheck::Key PasswordCheck::key_of(const Login& login, const std::string& hash) const {
  const auto text =
      fmt::format("{}:{}{}:{}{}", login.user.size(), login.user, hash.size(), hash, login.password);
  Key key{};
  unsigned size = 0;
  HMAC(EVP_sha256(), secret_.data(), static_cast<int>(secret_.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), key.data(), &size);
  return key;
}

std::optional<bool> PasswordCheck::remembered(const Key& key) {
  const std::lock_guard lock{mutex_};
  const auto found = answers_.find(key);
  return found == answers_.end() ? std::nullopt : std::optional{found->second};
}

// Right answers are kept before wrong ones: guessing must not push out who belongs here.
void PasswordCheck::remember(const Key& key, bool right) {
  const std::lock_guard lock{mutex_};
  --computing_;
  if (answers_.emplace(key, right).second) newest_first_.push_front(key);
  if (newest_first_.size() <= kRemembered) return;
  auto victim = std::find_if(newest_first_.rbegin(), newest_first_.rend(),
                             [&](const Key& old) { return !answers_.at(old); });
  const auto last =
      victim == newest_first_.rend() ? std::prev(newest_first_.end()) : std::prev(victim.base());
  answers_.erase(*last);
  newest_first_.erase(last);
}

}  // namespace hakoban
