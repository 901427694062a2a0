// Reads members of JSON that others wrote: what is missing or of another type is simply not there. Never
// throws.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <nlohmann/json_fwd.hpp>

namespace hakoban {

// "" when there is no such string.
[[nodiscard]] std::string text_of(const nlohmann::json& object, const char* key);

// Integers, and numbers without a fraction.
[[nodiscard]] std::optional<std::int64_t> integer_of(const nlohmann::json& object, const char* key);

[[nodiscard]] std::optional<bool> bool_of(const nlohmann::json& object, const char* key);

// An empty array when there is no such array. Lives as long as `object`.
[[nodiscard]] const nlohmann::json& list_of(const nlohmann::json& object, const char* key);

// An empty object when there is no such object. Lives as long as `object`.
[[nodiscard]] const nlohmann::json& object_of(const nlohmann::json& object, const char* key);

}  // namespace hakoban
