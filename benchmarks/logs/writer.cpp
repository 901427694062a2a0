#include "benchmarks/logs/writer.h"

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <memory>
#include <random>
#include <stdexcept>
#include <thread>
#include <unistd.h>

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace hakoban::bench {
namespace {

std::atomic<bool> stopping{false};

struct Plan {
  std::filesystem::path root;
  int containers = 1;
  std::uint64_t bytes = 0;
  std::uint64_t rate = 0;
  std::uint64_t max_size = 0;
  int max_file = 1;
  std::uint64_t long_every = 0;
};

constexpr std::size_t kPiece = 16384;
constexpr std::size_t kLongLine = 40000;
constexpr std::size_t kBuffer = 64 << 10;

std::string now_text() {
  const auto now = std::chrono::system_clock::now();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now);
  auto fraction = fmt::format(".{:09}", std::chrono::nanoseconds{now - seconds}.count());
  fraction.erase(fraction.find_last_not_of('0') + 1);
  if (fraction == ".") fraction.clear();
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}{}Z", fmt::gmtime(seconds.time_since_epoch().count()), fraction);
}

class Container {
 public:
  Container(const Plan& plan, int number, std::uint64_t first)
      : plan_(plan), number_(number), next_(first), chance_(static_cast<unsigned>(number)) {
    const auto id = fmt::format("{:012x}{:052x}", number + 1, 0xbe);
    const auto folder = plan.root / id;
    std::filesystem::create_directories(folder);
    live_ = (folder / (id + "-json.log")).string();
    open(O_APPEND);
    size_ = std::filesystem::file_size(live_);
  }
  ~Container() {
    flush();
    ::close(file_);
  }
  Container(const Container&) = delete;
  Container& operator=(const Container&) = delete;

  // One line; returns its bytes.
  std::uint64_t line() {
    const auto before = written_;
    const auto number = next_++;
    const bool is_long = plan_.long_every > 0 && number % plan_.long_every == 0;
    auto text = fmt::format(
        R"(c{:04} s{:09} {{\"level\":\"{}\",\"request\":\"{:016x}\",\"path\":\"/recipes/{}\",\"status\":{},)"
        R"(\"ms\":{},\"user\":\"u{}\",\"msg\":\"served a page to somebody who wanted to cook\"}})",
        number_, number, chance_() % 50 == 0 ? "warn" : "info", (std::uint64_t{chance_()} << 32U) | chance_(),
        chance_() % 100000, chance_() % 20 == 0 ? 404 : 200, chance_() % 900, chance_() % 10000);
    if (is_long) text.append(kLongLine - text.size(), static_cast<char>('a' + number % 26));
    text += fmt::format(" e{:09}", number);
    const std::string_view stream = number % 10 == 0 ? "stderr" : "stdout";
    const auto time = now_text();
    std::string_view rest = text;
    for (; rest.size() > kPiece; rest.remove_prefix(kPiece)) record(rest.substr(0, kPiece), "", stream, time);
    record(rest, "\\n", stream, time);
    return written_ - before;
  }

  void flush() {
    for (std::string_view rest = buffer_; !rest.empty();) {
      const auto count = ::write(file_, rest.data(), rest.size());
      if (count < 0) throw std::runtime_error("writing " + live_);
      rest.remove_prefix(static_cast<std::size_t>(count));
    }
    buffer_.clear();
  }

  [[nodiscard]] std::uint64_t next() const { return next_; }

 private:
  void record(std::string_view text, std::string_view end, std::string_view stream, std::string_view time) {
    if (plan_.max_size > 0 && size_ >= plan_.max_size) rotate();
    const auto before = buffer_.size();
    fmt::format_to(std::back_inserter(buffer_),
                   R"({{"log":"{}{}","stream":"{}","time":"{}"}})"
                   "\n",
                   text, end, stream, time);
    size_ += buffer_.size() - before;
    written_ += buffer_.size() - before;
    if (buffer_.size() >= kBuffer) flush();
  }

  void rotate() {
    flush();
    ::close(file_);
    const auto numbered = [&](int number) { return live_ + "." + std::to_string(number); };
    std::filesystem::remove(plan_.max_file < 2 ? live_ : numbered(plan_.max_file - 1));
    for (int number = plan_.max_file - 1; number > 1; --number) {
      if (std::filesystem::exists(numbered(number - 1)))
        std::filesystem::rename(numbered(number - 1), numbered(number));
    }
    if (plan_.max_file > 1) std::filesystem::rename(live_, numbered(1));
    open(O_TRUNC | O_APPEND);
    size_ = 0;
  }

  void open(int how) {
    file_ = ::open(live_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | how, 0640);
    if (file_ < 0) throw std::runtime_error("opening " + live_);
  }

  const Plan& plan_;
  const int number_;
  std::uint64_t next_;
  std::minstd_rand chance_;
  std::string live_;
  int file_ = -1;
  std::uint64_t size_ = 0;
  std::uint64_t written_ = 0;
  std::string buffer_;
};

std::vector<std::uint64_t> read_counts(const std::string& path, int containers) {
  std::vector<std::uint64_t> counts(static_cast<std::size_t>(containers), 0);
  std::ifstream file{path};
  for (auto& count : counts) file >> count;
  return counts;
}

Plan read_plan(const std::vector<std::string>& arguments) {
  return {arguments[0],
          std::stoi(arguments[1]),
          std::stoull(arguments[2]),
          std::stoull(arguments[3]),
          std::stoull(arguments[4]),
          std::stoi(arguments[5]),
          std::stoull(arguments[6])};
}

// Writes in turns of about a buffer, and sleeps when it is ahead of its rate.
void write_all(const Plan& plan, std::vector<std::unique_ptr<Container>>& containers) {
  const auto begun = std::chrono::steady_clock::now();
  std::uint64_t written = 0;
  const std::uint64_t turn =
      plan.rate == 0 ? kBuffer : std::min<std::uint64_t>(kBuffer, plan.rate / 100 / containers.size() + 1);
  while (written < plan.bytes && !stopping) {
    for (auto& container : containers) {
      for (std::uint64_t taken = 0; taken < turn && written < plan.bytes;) {
        const auto bytes = container->line();
        taken += bytes;
        written += bytes;
      }
      if (plan.rate > 0) container->flush();
    }
    if (plan.rate == 0) continue;
    const std::chrono::duration<double> due{static_cast<double>(written) / static_cast<double>(plan.rate)};
    std::this_thread::sleep_until(begun + due);
  }
}

}  // namespace

int write_logs(const std::vector<std::string>& arguments) {
  const auto plan = read_plan(arguments);
  const std::string lines_file = arguments.size() > 7 ? arguments[7] : "";
  std::signal(SIGTERM, [](int) { stopping = true; });
  const auto counts = read_counts(lines_file, plan.containers);
  std::vector<std::unique_ptr<Container>> containers;
  for (int number = 0; number < plan.containers; ++number)
    containers.push_back(std::make_unique<Container>(plan, number, counts[static_cast<std::size_t>(number)]));
  write_all(plan, containers);
  std::ofstream file{lines_file};
  for (const auto& container : containers) file << container->next() << "\n";
  return file ? 0 : 1;
}

}  // namespace hakoban::bench
