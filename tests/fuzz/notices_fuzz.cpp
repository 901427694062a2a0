// What instance metadata says of this instance's end: the first byte chooses the place, the rest is the body.
#include <array>
#include <string_view>

#include "collectors/notices/lifecycle_notices.h"
#include "collectors/notices/maintenance_notices.h"
#include "collectors/notices/rebalance_notices.h"
#include "collectors/notices/spot_notices.h"
#include "handlers/drain/drain_api.h"
#include "tests/fakes/fake_imds.h"
#include "tests/fuzz/quiet_log.h"
#include "tests/fuzz/require.h"

namespace hakoban {
namespace {

const TimePoint kNow{std::chrono::hours{500'000}};

// A notice has a name and a time by which it was seen; garbage is malformed, never a notice.
void hold(const NoticeSource& source, std::string_view path, std::string body) {
  FakeImds imds;
  imds.set(path, std::move(body));
  const auto told = source.poll(imds, kNow, {});
  if (!told) return require(told.error().code == Errc::malformed && !told.error().what.empty());
  for (const Notice& notice : *told) require(!notice.id.empty() && notice.kind == source.kind());
}

void read(unsigned which, const std::string& body) {
  switch (which % 7) {
    case 0:
      return hold(SpotNotices{}, "/latest/meta-data/spot/instance-action", body);
    case 1:
      return hold(SpotNotices{}, "/latest/meta-data/spot/termination-time", body);
    case 2:
      return hold(RebalanceNotices{}, "/latest/meta-data/events/recommendations/rebalance", body);
    case 3:
      return hold(MaintenanceNotices{}, "/latest/meta-data/events/maintenance/scheduled", body);
    case 4:
      return hold(LifecycleNotices{}, "/latest/meta-data/autoscaling/target-lifecycle-state", body);
    case 5: {
      FakeImds imds;
      imds.set("/latest/dynamic/instance-identity/document", body);
      (void)read_identity(imds, {});
      return;
    }
    default: {
      const auto asked = parse_drain_request(body, NoticePolicy{}, kNow);
      require(!asked || asked->kind == NoticeKind::operator_request);
    }
  }
}

}  // namespace
}  // namespace hakoban

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  if (size == 0) return 0;
  hakoban::read(data[0], std::string{reinterpret_cast<const char*>(data) + 1, size - 1});
  return 0;
}
