#include "platform/program.h"

#include <atomic>
#include <cstdio>
#include <pthread.h>
#include <signal.h>
#include <thread>
#include <unistd.h>

#include <fmt/format.h>
#include <systemd/sd-daemon.h>

#include "platform/config/command_line.h"
#include "platform/config/reference.h"
#include "platform/log.h"

namespace hakoban {
namespace {

constexpr std::string_view kOwnFlags = R"(  --config FILE      settings as JSON, comments allowed
  --check-config     tell all problems of the settings and end (exit code 1 if there are any)
  --dry-run          observe, and say what would be done, but change nothing
  --reference=FORM   this text as markdown or as a man page
  --help, --version

Settings. A flag beats the environment, which beats the file, which beats the default.)";

struct LogSettings {
  std::string level = "info";
  std::string format = "logfmt";
};

sigset_t ending_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  return set;
}

// Owns the thread that waits for SIGTERM and SIGINT, which every other thread keeps blocked.
class SignalListener {
 public:
  SignalListener() : listener_([this] { listen(); }) {}

  // The listener is woken by a signal of our own when nobody has asked us to end.
  ~SignalListener() {
    done_ = true;
    // NOLINTNEXTLINE(bugprone-bad-signal-to-kill-thread): every thread blocks it, and this one waits for it
    pthread_kill(listener_.native_handle(), SIGTERM);
    listener_.join();
  }
  SignalListener(const SignalListener&) = delete;
  SignalListener& operator=(const SignalListener&) = delete;

  [[nodiscard]] std::stop_token token() const { return source_.get_token(); }

 private:
  void listen() {
    const auto set = ending_signals();
    int signal = 0;
    while (!done_) {
      if (sigwait(&set, &signal) != 0 || done_) continue;
      if (!source_.request_stop()) ::_exit(1);  // the second time: whoever asks has lost patience
      log::info("asked to stop", {{"signal", signal == SIGINT ? "SIGINT" : "SIGTERM"}});
    }
  }

  std::stop_source source_;
  std::atomic<bool> done_{false};
  std::thread listener_;
};

bool print_problems(const std::vector<std::string>& problems) {
  for (const auto& problem : problems) fmt::print(stderr, "{}\n", problem);
  if (!problems.empty()) fmt::print(stderr, "{} problem(s) in the settings\n", problems.size());
  return !problems.empty();
}

}  // namespace

int run_program(const ProgramInfo& info, OptionTable& table, std::span<const char* const> arguments,
                const char* const* environment, const std::function<int(const ProgramRun&)>& body) {
  const auto set = ending_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  ::signal(SIGPIPE, SIG_IGN);

  LogSettings logging;
  table.choice("log.level", logging.level, {"debug", "info", "warn", "error"}, "Least level that is logged.");
  table.choice("log.format", logging.format, {"logfmt", "json"}, "Form of the log lines.");
  const auto line = read_command_line(arguments, table);
  if (line.help) {
    fmt::print(
        "{}",
        help_text(fmt::format("{} {}: {}\n\n{}\n", info.name, info.version, info.purpose, kOwnFlags), table));
    return 0;
  }
  if (line.version) {
    fmt::print("{} {}\n", info.name, info.version);
    return 0;
  }
  if (!line.reference.empty() && line.problems.empty()) {
    const ReferenceSubject subject{info.name, info.version, info.purpose, kOwnFlags};
    fmt::print("{}", line.reference == "man" ? man_page(subject, table) : markdown_reference(subject, table));
    return 0;
  }
  auto problems = line.problems;
  if (const auto sources = gather_sources(line, environment)) {
    const auto found = table.load(*sources);
    problems.insert(problems.end(), found.begin(), found.end());
  } else {
    problems.push_back(sources.error().what);
  }
  if (print_problems(problems)) return 1;
  if (line.check_config) {
    fmt::print("the settings are right\n");
    return 0;
  }
  log::configure(*log::parse_level(logging.level), *log::parse_format(logging.format));
  const SignalListener signals;
  return body({line.dry_run, signals.token()});
}

void notify_service_manager(const std::string& state) {
  sd_notify(0, state.c_str());
}

}  // namespace hakoban
