#include "collectors/tasks/outage.h"

#include "platform/log.h"

namespace hakoban {

Duration Outage::failed(const Error& error, double dice) {
  ++failures_;
  // The words of an error differ from try to try (request ids); its code is its reason.
  if (reason_ != error.code)
    log::warn("no facts from a source; what is known of it stays", {{"source", source_}, {"error", error}});
  reason_ = error.code;
  return retry_.after(failures_, dice);
}

void Outage::ended() {
  if (reason_) log::info("facts from a source again", {{"source", source_}, {"after_failures", failures_}});
  reason_.reset();
  failures_ = 0;
}

}  // namespace hakoban
