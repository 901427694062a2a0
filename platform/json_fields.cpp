#include "platform/json_fields.h"

#include <cmath>

#include <nlohmann/json.hpp>

namespace hakoban {
namespace {

using nlohmann::json;

const json* member(const json& object, const char* key) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(key);
  return found == object.end() ? nullptr : &*found;
}

}  // namespace

std::string text_of(const json& object, const char* key) {
  const json* value = member(object, key);
  return value != nullptr && value->is_string() ? value->get<std::string>() : std::string{};
}

std::optional<std::int64_t> integer_of(const json& object, const char* key) {
  constexpr double kExact = 9007199254740992.0;  // 2^53: beyond it a double is no integer to trust
  const json* value = member(object, key);
  if (value == nullptr) return std::nullopt;
  if (value->is_number_unsigned() && value->get<std::uint64_t>() > INT64_MAX) return std::nullopt;
  if (value->is_number_integer()) return value->get<std::int64_t>();
  if (!value->is_number_float()) return std::nullopt;
  const double number = value->get<double>();
  if (std::trunc(number) != number || std::abs(number) > kExact) return std::nullopt;
  return static_cast<std::int64_t>(number);
}

std::optional<bool> bool_of(const json& object, const char* key) {
  const json* value = member(object, key);
  if (value == nullptr || !value->is_boolean()) return std::nullopt;
  return value->get<bool>();
}

const json& list_of(const json& object, const char* key) {
  static const json none = json::array();
  const json* value = member(object, key);
  return value != nullptr && value->is_array() ? *value : none;
}

const json& object_of(const json& object, const char* key) {
  static const json none = json::object();
  const json* value = member(object, key);
  return value != nullptr && value->is_object() ? *value : none;
}

}  // namespace hakoban
