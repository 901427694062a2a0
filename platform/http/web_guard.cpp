#include "platform/http/web_guard.h"

#include <algorithm>
#include <filesystem>
#include <mutex>
#include <sys/stat.h>
#include <utility>
#include <vector>

#include "platform/files.h"
#include "platform/http/basic_auth.h"
#include "platform/http/tls_context.h"
#include "platform/log.h"
#include "platform/own_metrics.h"

namespace hakoban {
namespace {

constexpr std::size_t kFileLimit = 1 << 20;
// A file changed twice within the kernel's time step shows one time only: younger files are read each time.
constexpr Duration kSettled = 2s;

// All that the file says, and what it names, as of one moment.
struct Generation {
  std::string text;
  WebConfig config;
  TlsMaterial material;
  TlsContext context;  // null: no TLS
};
using Current = std::shared_ptr<const Generation>;

struct FileStamp {
  std::int64_t seconds = -1;
  std::int64_t nanoseconds = 0;
  std::int64_t size = 0;
  std::uint64_t inode = 0;

  bool operator==(const FileStamp&) const = default;
};

FileStamp stamp_of(const std::filesystem::path& path) {
  struct stat found {};
  if (::stat(path.c_str(), &found) != 0) return {};
  return {found.st_mtim.tv_sec, found.st_mtim.tv_nsec, found.st_size, found.st_ino};
}

// `last`: kept when nothing of it changed, for a context costs a millisecond to make.
Result<Current> read_generation(const std::string& file, const Current& last) {
  auto fresh = std::make_shared<Generation>();
  auto text = read_file(file, kFileLimit);
  if (!text) return text.error();
  fresh->text = *std::move(text);
  auto config = parse_web_config(fresh->text, std::filesystem::path{file}.parent_path());
  if (!config) return config.error().within(file);
  fresh->config = *std::move(config);
  if (!fresh->config.tls_enabled) return Current{fresh};
  auto material = read_tls_material(fresh->config.tls);
  if (!material) return material.error().within(file);
  fresh->material = *std::move(material);
  if (last && last->text == fresh->text && last->material == fresh->material) return last;
  auto context = make_tls_context(fresh->config.tls, fresh->material);
  if (!context) return context.error().within(file);
  fresh->context = *std::move(context);
  return Current{fresh};
}

HttpReply refused(int status, std::string body, HttpHeaders headers = {}) {
  return {.status = status, .body = std::move(body), .headers = std::move(headers)};
}

}  // namespace

class WebGuard::Impl {
 public:
  Impl(std::string file, const Clock& clock, prometheus::Registry& registry)
      : file_(std::move(file)),
        clock_(clock),
        reloads_failed_(counter(registry, "hakoban_web_config_reload_failures_total",
                                "Changes of the web configuration file that could not be taken up.")),
        good_(gauge(registry, "hakoban_web_config_good",
                    "Whether the web configuration file could be read when it changed last.")),
        refused_(counter_family(registry, "hakoban_web_refused_total",
                                "Requests refused by the rules of the web configuration file.")) {
    good_.Set(1);
  }

  Result<void> open() {
    const auto first = current();
    if (!first) return first.error();
    tls_ = (*first)->context != nullptr;
    return {};
  }

  bool tls_enabled() const { return tls_; }

  Result<TlsContext> tls_context() {
    const auto now = current();
    if (!now) return now.error();
    if (!(*now)->context) return Error{Errc::invalid, "TLS was taken out of " + file_};
    return (*now)->context;
  }

  HttpReply answer(const HttpHandler& handler, const HttpQuery& query) {
    const auto now = current();
    if (!now) {
      refused_.Add({{"reason", "config"}}).Increment();
      return refused(500, "the web configuration file is wrong\n");
    }
    const auto& config = (*now)->config;
    auto refusal = judge(config, query);
    auto reply = refusal ? *std::move(refusal) : handler(query);
    reply.headers.insert(reply.headers.end(), config.headers.begin(), config.headers.end());
    return reply;
  }

 private:
  std::optional<HttpReply> judge(const WebConfig& config, const HttpQuery& query) {
    if (!take_token(config.rate_limit)) {
      refused_.Add({{"reason", "rate"}}).Increment();
      return refused(429, "too many requests\n");
    }
    if (config.users.empty()) return std::nullopt;
    const auto login = parse_basic_auth(query.header("Authorization").value_or(""));
    const auto answer = login ? passwords_.check(config.users, *login) : PasswordCheck::Answer::wrong;
    if (answer == PasswordCheck::Answer::right) return std::nullopt;
    if (answer == PasswordCheck::Answer::busy) {
      refused_.Add({{"reason", "busy"}}).Increment();
      return refused(503, "too many passwords to check\n", {{"Retry-After", "1"}});
    }
    refused_.Add({{"reason", "login"}}).Increment();
    return refused(401, "unauthorized\n", {{"WWW-Authenticate", "Basic"}});
  }

  bool take_token(const RateLimit& limit) {
    if (limit.interval == Duration{0}) return true;
    const std::lock_guard lock{mutex_};
    const auto now = clock_.steady();
    if (limit != bucket_limit_) {
      bucket_limit_ = limit;
      tokens_ = limit.burst;
    } else {
      tokens_ =
          std::min<double>(limit.burst, tokens_ + as_seconds(now - bucket_at_) / as_seconds(limit.interval));
    }
    bucket_at_ = now;
    if (tokens_ < 1) return false;
    tokens_ -= 1;
    return true;
  }

  Result<Current> current() {
    if (file_.empty()) {
      static const auto kNothing = std::make_shared<const Generation>();
      return kNothing;
    }
    const std::lock_guard lock{mutex_};
    const auto stamps = stamps_now();
    if (last_ && stamps == stamps_ && settled(stamps)) return *last_;
    auto read = read_generation(file_, good_generation_);
    note(read, !last_ || stamps != stamps_);
    if (read) good_generation_ = *read;
    stamps_ = stamps_now();  // the files to watch may be others now
    last_ = read;
    return read;
  }

  std::vector<FileStamp> stamps_now() const {
    std::vector<FileStamp> stamps{stamp_of(file_)};
    if (!good_generation_) return stamps;
    const auto& tls = good_generation_->config.tls;
    for (const auto& path : {tls.cert_file, tls.key_file, tls.client_ca_file})
      if (!path.empty()) stamps.push_back(stamp_of(path));
    return stamps;
  }

  bool settled(const std::vector<FileStamp>& stamps) const {
    const auto limit = clock_.now() - kSettled;
    return std::all_of(stamps.begin(), stamps.end(), [&](const FileStamp& stamp) {
      return TimePoint{std::chrono::seconds{stamp.seconds}} + Duration{stamp.nanoseconds} < limit;
    });
  }

  // Logs when the file becomes wrong, is wrong in another way, and is right again.
  void note(const Result<Current>& read, bool changed) {
    if (read) {
      if (!trouble_.empty()) log::info("web configuration is right again", {{"file", file_}});
      trouble_.clear();
      good_.Set(1);
      return;
    }
    if (last_ && (changed || trouble_.empty())) reloads_failed_.Increment();
    if (last_ && trouble_ != read.error().what)
      log::error("web configuration is wrong: nobody is let in", {{"error", read.error()}});
    trouble_ = read.error().what;
    good_.Set(0);
  }

  const std::string file_;
  const Clock& clock_;
  prometheus::Counter& reloads_failed_;
  prometheus::Gauge& good_;
  prometheus::Family<prometheus::Counter>& refused_;
  PasswordCheck passwords_;
  bool tls_ = false;

  std::mutex mutex_;  // guards what follows
  std::optional<Result<Current>> last_;
  Current good_generation_;  // the last that could be read: which files to watch
  std::vector<FileStamp> stamps_;
  std::string trouble_;
  RateLimit bucket_limit_;
  double tokens_ = 0;
  SteadyPoint bucket_at_;
};

WebGuard::WebGuard(std::string file, const Clock& clock, prometheus::Registry& registry)
    : impl_(std::make_unique<Impl>(std::move(file), clock, registry)) {}

WebGuard::~WebGuard() = default;

Result<void> WebGuard::open() {
  return impl_->open();
}

bool WebGuard::tls_enabled() const {
  return impl_->tls_enabled();
}

Result<TlsContext> WebGuard::tls_context() {
  return impl_->tls_context();
}

HttpHandler WebGuard::guard(HttpHandler handler) {
  return
      [this, handler = std::move(handler)](const HttpQuery& query) { return impl_->answer(handler, query); };
}

Result<void> check_web_config(const std::string& file) {
  if (file.empty()) return {};
  const auto read = read_generation(file, nullptr);
  if (!read) return read.error();
  return {};
}

}  // namespace hakoban
