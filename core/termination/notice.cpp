#include "core/termination/notice.h"

namespace hakoban {

std::string_view name_of(NoticeKind kind) {
  switch (kind) {
    case NoticeKind::spot_interruption:
      return "spot_interruption";
    case NoticeKind::rebalance:
      return "rebalance";
    case NoticeKind::lifecycle:
      return "lifecycle";
    case NoticeKind::maintenance:
      return "maintenance";
    case NoticeKind::operator_request:
      return "operator_request";
    case NoticeKind::host_shutdown:
      return "host_shutdown";
  }
  return "unknown";
}

}  // namespace hakoban
