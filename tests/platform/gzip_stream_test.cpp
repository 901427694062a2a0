#include "platform/compression/gzip_stream.h"

#include <random>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "platform/compression/gzip.h"

namespace hakoban {
namespace {

std::string text_of(std::size_t size, unsigned seed) {
  std::mt19937 random{seed};
  std::string text;
  while (text.size() < size)
    text +=
        std::to_string(random()) + std::string(random() % 20, static_cast<char>('a' + random() % 20)) + '\n';
  return text;
}

std::string packed(const std::string& text, std::size_t part) {
  GzipStream gzip;
  std::string body;
  for (std::size_t at = 0; at < text.size(); at += part)
    gzip.append(std::string_view{text}.substr(at, part), body);
  gzip.end(body);
  return body;
}

TEST(GzipStream, NothingIsAnEmptyMember) {
  const auto body = packed("", 1);
  EXPECT_THAT(body, testing::Not(testing::IsEmpty()));
  EXPECT_EQ(gunzip(body).value(), "");
}

TEST(GzipStream, IsOneMemberWhateverThePartsAre) {
  for (const std::size_t part : {1U, 7U, 4096U, 65'536U, 3'000'000U}) {
    const auto text = text_of(part == 1 ? 10'000 : 2'000'000, static_cast<unsigned>(part));
    const auto body = packed(text, part);
    EXPECT_EQ(gunzip(body).value(), text) << part;
    EXPECT_LT(body.size(), text.size());
    EXPECT_EQ(body.rfind("\x1f\x8b\x08"), 0U) << part;  // the only header
  }
}

TEST(GzipStream, TakesWhatCannotBeMadeSmaller) {
  std::mt19937_64 random{4711};
  std::string text;
  for (int i = 0; i < 200'000; ++i) text += static_cast<char>(random());
  const auto body = packed(text, 50'000);
  EXPECT_EQ(gunzip(body).value(), text);
  EXPECT_LT(body.size(), text.size() + text.size() / 100);
}

TEST(GzipStream, GivesWhatIsReadyWhileItGoes) {
  GzipStream gzip;
  std::string body;
  gzip.append(text_of(5'000'000, 1), body);
  EXPECT_GT(body.size(), 500'000U);
}

}  // namespace
}  // namespace hakoban
