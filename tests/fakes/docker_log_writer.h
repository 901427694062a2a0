// Writes a container's log as moby's json-file driver does: same bytes, same order of renames.
#pragma once

#include <cstdint>
#include <fcntl.h>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "core/time.h"

namespace hakoban {

// RFC 3339 with the fraction's trailing zeros trimmed, as Go writes it.
inline std::string docker_time(TimePoint time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  auto fraction = fmt::format(".{:09}", (time - seconds).count());
  fraction.erase(fraction.find_last_not_of('0') + 1);
  if (fraction == ".") fraction.clear();
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}{}Z", fmt::gmtime(seconds.time_since_epoch().count()), fraction);
}

struct DockerLogOptions {
  std::uint64_t max_size = 0;  // 0: no rotation
  int max_file = 1;
};

class DockerLogWriter {
 public:
  // `root` stands for /var/lib/docker/containers.
  DockerLogWriter(const std::filesystem::path& root, const std::string& id, DockerLogOptions options = {})
      : folder_(root / id), live_(folder_ / (id + "-json.log")), options_(options) {
    std::filesystem::create_directories(folder_);
    reopen();
  }
  ~DockerLogWriter() { ::close(file_); }
  DockerLogWriter(const DockerLogWriter&) = delete;
  DockerLogWriter& operator=(const DockerLogWriter&) = delete;

  // `text` as it stands in JSON; a whole line unless `partial`.
  void line(std::string_view text, TimePoint time, std::string_view stream = "stdout", bool partial = false) {
    rotate_if_due();
    put(fmt::format(R"({{"log":"{}{}","stream":"{}","time":"{}"}})"
                    "\n",
                    text, partial ? "" : "\\n", stream, docker_time(time)));
  }

  // What a daemon that crashed leaves: bytes without an end.
  void torn(std::string_view bytes) { put(bytes); }

  void rotate() {
    ++rotations_;
    ::close(file_);
    const auto numbered = [&](int number) { return live_.string() + "." + std::to_string(number); };
    std::filesystem::remove(options_.max_file < 2 ? live_.string() : numbered(options_.max_file - 1));
    for (int number = options_.max_file - 1; number > 1; --number) {
      if (std::filesystem::exists(numbered(number - 1)))
        std::filesystem::rename(numbered(number - 1), numbered(number));
    }
    if (options_.max_file > 1) std::filesystem::rename(live_, numbered(1));
    reopen();
  }

  // What Docker does when a rename fails.
  void truncate() {
    ::close(file_);
    reopen();
  }

  // docker rm: waits for no reader.
  void remove() { std::filesystem::remove_all(folder_); }

  [[nodiscard]] const std::filesystem::path& live() const { return live_; }
  [[nodiscard]] int rotations() const { return rotations_; }

 private:
  void rotate_if_due() {
    if (options_.max_size > 0 && size_ >= options_.max_size) rotate();
  }

  void put(std::string_view bytes) {
    if (::write(file_, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()))
      throw std::runtime_error("writing " + live_.string());
    size_ += bytes.size();
  }

  void reopen() {
    file_ = ::open(live_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0640);
    if (file_ < 0) throw std::runtime_error("opening " + live_.string());
    size_ = 0;
  }

  const std::filesystem::path folder_;
  const std::filesystem::path live_;
  const DockerLogOptions options_;
  int file_ = -1;
  std::uint64_t size_ = 0;
  int rotations_ = 0;
};

}  // namespace hakoban
