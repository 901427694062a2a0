// Both codecs, and compressed files read in places.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "platform/compression/gzip.h"
#include "platform/compression/gzip_file.h"
#include "platform/compression/zstd.h"

namespace hakoban {
namespace {

std::string some_text(std::size_t size) {
  std::string text;
  for (unsigned number = 1; text.size() < size; number = number * 1103515245U + 12345U)
    text += std::to_string(number) + "\n";
  text.resize(size);
  return text;
}

TEST(Zstd, frames_one_after_the_other_decode_as_one) {
  const auto text = some_text(300000);
  ZstdCompressor compressor{1};
  std::string body;
  compressor.append(text, body);
  compressor.append("", body);
  compressor.append("end", body);
  EXPECT_EQ(unzstd(body).value(), text + "end");
  EXPECT_EQ(unzstd(body, 1000).error().code, Errc::invalid);
  EXPECT_EQ(unzstd(body.substr(0, body.size() - 3)).error().code, Errc::malformed);
  EXPECT_EQ(unzstd("not zstd").error().code, Errc::malformed);
  EXPECT_EQ(unzstd("").value(), "");
}

class OpenedGzipFile : public ::testing::Test {
 protected:
  OpenedGzipFile() {
    std::string pattern = (std::filesystem::temp_directory_path() / "hakoban-gzip-XXXXXX").string();
    folder = ::mkdtemp(pattern.data());
  }
  ~OpenedGzipFile() override { std::filesystem::remove_all(folder); }

  std::filesystem::path write(const std::string& body) {
    const auto path = folder / "x.gz";
    std::ofstream{path, std::ios::binary} << body;
    return path;
  }
  std::filesystem::path compress(const std::string& text) {
    GzipCompressor compressor{1};
    std::string body;
    compressor.append(text, body);
    return write(body);
  }
  static std::string read(const GzipFile& file, std::uint64_t offset, std::size_t size) {
    std::string bytes(size, '\0');
    bytes.resize(file.read_at(offset, bytes.data(), size).value());
    return bytes;
  }

  std::filesystem::path folder;
};

TEST_F(OpenedGzipFile, is_read_in_any_place_also_back) {
  const auto text = some_text(500000);
  const auto file = GzipFile::open(compress(text));
  ASSERT_TRUE(file);
  EXPECT_EQ(file->status()->size, text.size());
  for (const std::size_t offset : {0U, 1000U, 200000U, 7U, 499990U, 300000U})
    EXPECT_EQ(read(*file, offset, 5000), text.substr(offset, 5000)) << offset;
  EXPECT_EQ(read(*file, text.size(), 10), "");
  EXPECT_EQ(read(*file, text.size() + 100000, 10), "");
}

TEST_F(OpenedGzipFile, gives_what_is_whole_of_a_damaged_or_cut_one) {
  const auto text = some_text(500000);
  const auto path = compress(text);
  std::filesystem::resize_file(path, std::filesystem::file_size(path) / 2);
  const auto file = GzipFile::open(path);
  ASSERT_TRUE(file);
  const auto got = read(*file, 0, text.size());
  EXPECT_GT(got.size(), 1000U);
  EXPECT_LT(got.size(), text.size());
  EXPECT_EQ(got, text.substr(0, got.size()));
}

TEST_F(OpenedGzipFile, is_refused_when_it_cannot_be_one) {
  EXPECT_EQ(GzipFile::open(write("short")).error().code, Errc::malformed);
  EXPECT_EQ(GzipFile::open(folder / "absent.gz").error().code, Errc::not_found);
}

}  // namespace
}  // namespace hakoban
