// Carries plain log files of this host, such as the ECS agent's, into the spool: each line becomes a record,
// dated by the time it carries or else by when it was read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <prometheus/counter.h>
#include <prometheus/registry.h>

#include "collectors/spool/spool.h"
#include "platform/clock.h"
#include "platform/readable_file.h"

namespace hakoban {

struct FileFollowerConfig {
  std::vector<std::string> paths;  // as this process sees them
  Duration interval = 1s;
};

// Exactly once: each batch of lines has the place it ends at (inode and offset) as its mark. A file that was
// rotated by renaming within its folder is read to its end, also after a restart; what was truncated or
// deleted unread is a counted gap.
class FileFollower {
 public:
  // All references must outlive it.
  FileFollower(Spool& spool, const Clock& clock, prometheus::Registry& registry, FileFollowerConfig config);

  void run(const std::stop_token& stop);

  // One look at all files; reads each as far as it goes.
  void turn();

 private:
  struct Followed {
    std::string path;
    std::string log;  // its id in the spool
    std::optional<ReadableFile> file;
    std::uint64_t inode = 0;
    std::uint64_t offset = 0;
    bool begun = false;
    bool failing = false;
  };

  void follow(Followed& followed);
  [[nodiscard]] Result<void> begin(Followed& followed);
  [[nodiscard]] Result<void> reopen(Followed& followed);
  // Returns whether all of it that is whole lines was read; `last`: its end is the end of a line.
  [[nodiscard]] Result<bool> read_on(Followed& followed, bool last);
  [[nodiscard]] std::string records_of(const Followed& followed, std::string_view lines) const;
  void gap(Followed& followed, std::string_view why);

  Spool& spool_;
  const Clock& clock_;
  const FileFollowerConfig config_;
  prometheus::Counter& gaps_;
  prometheus::Counter& failures_;
  std::vector<Followed> files_;
};

}  // namespace hakoban
