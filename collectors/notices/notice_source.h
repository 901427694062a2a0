// One kind of event in instance metadata: where it stands and how it reads. A new kind is one file with one
// of these, and one line in notice_watcher.cpp.
#pragma once

#include <stop_token>
#include <string_view>
#include <vector>

#include "core/host/host_view.h"
#include "core/result.h"
#include "core/termination/notice.h"
#include "platform/imds/imds.h"

namespace hakoban {

class NoticeSource {
 public:
  virtual ~NoticeSource() = default;

  [[nodiscard]] virtual NoticeKind kind() const = 0;

  // Whether such an event can come to this instance; false saves the calls.
  [[nodiscard]] virtual bool applies(const Ec2Identity& instance) const = 0;

  // All events of the kind that stand there now, none for 404. An answer that is not understood is
  // `malformed`, never a notice. Other errors: those of Imds::get.
  [[nodiscard]] virtual Result<std::vector<Notice>> poll(Imds& imds, TimePoint now,
                                                         const std::stop_token& stop) const = 0;
};

}  // namespace hakoban
