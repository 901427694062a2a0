#include "platform/file_lease_store.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "platform/files.h"
#include "platform/json_fields.h"

namespace hakoban {
namespace {

// Holds the lock while it stands.
class Locked {
 public:
  explicit Locked(const std::filesystem::path& path)
      : descriptor_(::open((path.string() + ".lock").c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600)) {
    if (descriptor_ >= 0 && ::flock(descriptor_, LOCK_EX) != 0) close();
    if (descriptor_ < 0) why_ = std::strerror(errno);
  }
  ~Locked() { close(); }
  Locked(const Locked&) = delete;
  Locked& operator=(const Locked&) = delete;

  [[nodiscard]] bool held() const { return descriptor_ >= 0; }
  [[nodiscard]] const std::string& why() const { return why_; }

 private:
  void close() {
    if (descriptor_ >= 0) ::close(descriptor_);
    descriptor_ = -1;
  }

  int descriptor_;
  std::string why_;
};

Result<std::optional<LeaseRecord>> read_record(const std::filesystem::path& path) {
  const auto text = read_file(path, 64 << 10);
  if (!text && text.error().code == Errc::not_found) return std::optional<LeaseRecord>{};
  if (!text) return text.error();
  const auto record = nlohmann::json::parse(*text, nullptr, false);
  const auto version = integer_of(record, "version");
  if (!version) return Error{Errc::malformed, fmt::format("{}: not a lease", path.string())};
  return std::optional{LeaseRecord{text_of(record, "holder"), std::to_string(*version)}};
}

}  // namespace

FileLeaseStore::FileLeaseStore(std::filesystem::path path) : path_(std::move(path)) {}

Result<std::optional<LeaseRecord>> FileLeaseStore::read(const std::stop_token& /*stop*/) {
  return read_record(path_);
}

Result<std::string> FileLeaseStore::write(const std::string& holder,
                                          const std::optional<std::string>& expected,
                                          const std::stop_token& /*stop*/) {
  const Locked locked{path_};
  if (!locked.held()) return Error{Errc::denied, fmt::format("{}.lock: {}", path_.string(), locked.why())};
  const auto now = read_record(path_);
  if (!now) return now.error();
  const auto version = *now ? std::optional{(*now)->version} : std::nullopt;
  if (version != expected) return Error{Errc::exists, name() + ": somebody else wrote it meanwhile"};
  const std::string next = std::to_string(version ? std::stoll(*version) + 1 : 1);
  const nlohmann::json record{{"holder", holder}, {"version", std::stoll(next)}};
  if (auto written = replace_file(path_, record.dump() + "\n"); !written) return written.error();
  return next;
}

std::string FileLeaseStore::name() const {
  return "file://" + path_.string();
}

}  // namespace hakoban
