// Where a lease is written so that only one may hold it: a compare-and-swap on one small record.
// platform/aws/dynamo_lease_store.h, platform/aws/s3_lease_store.h and platform/file_lease_store.h are real.
#pragma once

#include <optional>
#include <stop_token>
#include <string>

#include "core/result.h"

namespace hakoban {

struct LeaseRecord {
  std::string holder;
  std::string version;  // changes with each write: what a conditional write names

  bool operator==(const LeaseRecord&) const = default;
};

class LeaseStore {
 public:
  virtual ~LeaseStore() = default;

  // Nothing: nobody has ever held it.
  [[nodiscard]] virtual Result<std::optional<LeaseRecord>> read(const std::stop_token& stop) = 0;

  // Writes `holder` if the record still has the version `expected` (nothing: if there is none yet). Returns
  // the new version. Errors: exists (somebody else wrote meanwhile).
  [[nodiscard]] virtual Result<std::string> write(const std::string& holder,
                                                  const std::optional<std::string>& expected,
                                                  const std::stop_token& stop) = 0;

  // "dynamodb://table/key", "s3://bucket/key", "file:///path": for logs.
  [[nodiscard]] virtual std::string name() const = 0;
};

}  // namespace hakoban
