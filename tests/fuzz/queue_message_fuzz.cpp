// What anybody may put into the coordinator's queue: read without a crash, and what was taken for a message
// of sense holds nothing that would be dangerous to act on.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "coordinator/queue_messages.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hakoban;
  const auto news = read_queue_message({reinterpret_cast<const char*>(data), size});
  if (!news) {
    if (news.error().code != Errc::malformed || news.error().what.empty()) std::abort();
    return 0;
  }
  if (const auto* job = std::get_if<JobWaits>(&news->event)) {
    if (job->id.empty() || job->need.cpu < 0 || job->need.memory < 0 || job->need.cpu + job->need.memory <= 0)
      std::abort();
  }
  if (const auto* task = std::get_if<TaskChanged>(&news->event)) {
    if (task->task_arn.find("..") != std::string::npos || !task->task_arn.starts_with("arn:")) std::abort();
  }
  if (const auto* host = std::get_if<HostReclaimed>(&news->event)) {
    if (!host->ec2_id.starts_with("i-")) std::abort();
  }
  return 0;
}
