// Journal by libsystemd's sd-journal.
#pragma once

#include <filesystem>

#include "platform/journal.h"

namespace hakoban {

class SystemJournal final : public JournalSource {
 public:
  // `folder`: where the journal's files stand, such as /var/log/journal; "": where systemd of this host keeps
  // them.
  explicit SystemJournal(std::filesystem::path folder) : folder_(std::move(folder)) {}

  [[nodiscard]] Result<std::unique_ptr<Journal>> open(const JournalFilter& filter) override;

 private:
  const std::filesystem::path folder_;
};

}  // namespace hakoban
