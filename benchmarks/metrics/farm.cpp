#include "benchmarks/metrics/farm.h"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sched.h>
#include <string>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace hakoban::bench {
namespace {

namespace fs = std::filesystem;

// Every hierarchy of this host: the v1 controllers' folders, or the one v2 tree.
std::vector<fs::path> hierarchies() {
  const fs::path top{"/sys/fs/cgroup"};
  if (fs::exists(top / "cgroup.controllers")) return {top};
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator{top}) {
    if (entry.is_directory() && !entry.is_symlink() && fs::exists(entry.path() / "cgroup.procs"))
      found.push_back(entry.path());
  }
  return found;
}

bool write_to(const fs::path& path, const std::string& text) {
  std::ofstream file{path};
  file << text << std::flush;
  return file.good();
}

// What a container would be to the kernel: a few processes' worth of memory and page cache, a network of its
// own.
[[noreturn]] void live(int ready) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::unshare(CLONE_NEWNET) != 0) std::_Exit(1);
  constexpr std::size_t kBytes = 256 << 10;
  void* const memory = ::mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory != MAP_FAILED) std::memset(memory, 1, kBytes);
  const char done = 1;
  if (::write(ready, &done, 1) != 1) std::_Exit(1);
  ::close(ready);
  for (;;) ::pause();
}

class Farm {
 public:
  Farm(const std::string& parent, int count)
      : parent_(parent.substr(parent.find_first_not_of('/'))), count_(count), tops_(hierarchies()) {}

  bool build() {
    for (int i = 0; i < count_; ++i) {
      if (!add(i)) return false;
    }
    return true;
  }

  void raze() {
    for (const auto pid : pids_) ::kill(pid, SIGKILL);
    for (const auto pid : pids_) ::waitpid(pid, nullptr, 0);
    for (const auto& top : tops_) {
      for (int tries = 0; tries < 50 && !remove_all(top / parent_); ++tries) ::usleep(20'000);
    }
  }

 private:
  static std::string id_of(int number) {
    char text[65];
    std::snprintf(text, sizeof text, "%064x", static_cast<unsigned>(number) + 0xabc00000U);
    return text;
  }

  bool add(int number) {
    const auto id = id_of(number);
    std::error_code failed;
    for (const auto& top : tops_) {
      fs::create_directories(top / parent_ / id, failed);
      if (failed) return complain((top / parent_ / id).string() + ": " + failed.message());
    }
    int ready[2];
    if (::pipe(ready) != 0) return complain("pipe");
    const auto pid = ::fork();
    if (pid < 0) return complain(std::string{"fork: "} + std::strerror(errno));
    if (pid == 0) {
      for (const auto& top : tops_) {
        // cpuset wants its cpus and mems first; a host without them in use needs nothing of it.
        if (top.filename() != "cpuset") write_to(top / parent_ / id / "cgroup.procs", "0");
      }
      ::close(ready[0]);
      live(ready[1]);
    }
    ::close(ready[1]);
    char done = 0;
    const bool lives = ::read(ready[0], &done, 1) == 1;
    ::close(ready[0]);
    pids_.push_back(pid);
    if (!lives) return complain("a process of the farm did not come to life: is this root?");
    std::cout << id << ' ' << pid << '\n';
    return true;
  }

  static bool remove_all(const fs::path& folder) {
    std::error_code failed;
    for (fs::directory_iterator entry{folder, failed}, end; !failed && entry != end;
         entry.increment(failed)) {
      if (entry->is_directory()) ::rmdir(entry->path().c_str());
    }
    return ::rmdir(folder.c_str()) == 0 || errno == ENOENT;
  }

  static bool complain(const std::string& what) {
    std::cerr << "farm: " << what << '\n';
    return false;
  }

  const std::string parent_;
  const int count_;
  const std::vector<fs::path> tops_;
  std::vector<pid_t> pids_;
};

}  // namespace

int run_farm(const std::string& parent, int count) {
  Farm farm{parent, count};
  const bool whole = farm.build();
  std::cout << "ready" << std::endl;
  for (std::string line; whole && std::getline(std::cin, line);) {
  }
  farm.raze();
  return whole ? 0 : 1;
}

}  // namespace hakoban::bench
