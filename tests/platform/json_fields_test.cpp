#include "platform/json_fields.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace hakoban {
namespace {

using nlohmann::json;

const json kObject =
    json::parse(R"({"text":"a","int":7,"whole":7.0,"part":7.5,"huge":1e300,"unsigned":18446744073709551615,
    "negative":-3,"yes":true,"null":null,"list":[1],"object":{"a":1}})");

TEST(JsonFields, reads_what_is_there) {
  EXPECT_EQ(text_of(kObject, "text"), "a");
  EXPECT_EQ(integer_of(kObject, "int"), 7);
  EXPECT_EQ(integer_of(kObject, "whole"), 7);
  EXPECT_EQ(integer_of(kObject, "negative"), -3);
  EXPECT_EQ(bool_of(kObject, "yes"), true);
  EXPECT_EQ(list_of(kObject, "list").size(), 1U);
  EXPECT_EQ(object_of(kObject, "object").size(), 1U);
}

TEST(JsonFields, what_is_missing_or_of_another_type_is_not_there) {
  for (const char* key : {"nothing", "null", "list", "object", "int"})
    EXPECT_EQ(text_of(kObject, key), "") << key;
  for (const char* key : {"nothing", "null", "part", "huge", "unsigned", "text", "yes"})
    EXPECT_EQ(integer_of(kObject, key), std::nullopt) << key;
  EXPECT_EQ(bool_of(kObject, "int"), std::nullopt);
  EXPECT_TRUE(list_of(kObject, "object").empty());
  EXPECT_TRUE(object_of(kObject, "list").empty());
  for (const json& other : {json{}, json(7), json::array({1}), json(json::value_t::discarded)}) {
    EXPECT_EQ(text_of(other, "a"), "");
    EXPECT_TRUE(list_of(other, "a").empty());
  }
}

}  // namespace
}  // namespace hakoban
