// SHA-256 as AWS wants it.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace hakoban {

using Sha256 = std::array<std::uint8_t, 32>;

[[nodiscard]] Sha256 sha256(std::string_view text);
[[nodiscard]] Sha256 hmac_sha256(std::string_view key, std::string_view text);

[[nodiscard]] std::string to_hex(const Sha256& digest);
[[nodiscard]] std::string to_base64(const Sha256& digest);

}  // namespace hakoban
