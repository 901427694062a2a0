// Who we are towards AWS. Source: AWS SDKs and Tools Reference Guide, "Standardized credential providers".
// The chain: environment, container endpoint (ECS task role, EKS pod identity), instance role. Credentials
// files and profiles are left out: a daemon on an instance has a role, and a file would outlive its keys.
#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "core/result.h"
#include "core/time.h"

namespace hakoban {

struct Credentials {
  std::string access_key_id;
  std::string secret_access_key;
  std::string session_token;            // "": none
  std::optional<TimePoint> expires_at;  // absent: never

  bool operator==(const Credentials&) const = default;
};

// One place where credentials come from.
class CredentialsSource {
 public:
  virtual ~CredentialsSource() = default;

  // For logs: "environment", "container endpoint", "instance role".
  [[nodiscard]] virtual std::string_view name() const = 0;

  // Fetches anew. Errors: not_found (not set up here: the chain asks the next), others as they come.
  // Thread-safe.
  [[nodiscard]] virtual Result<Credentials> fetch(const std::stop_token& stop) = 0;
};

// What signs requests asks here before each one. Thread-safe.
class CredentialsProvider {
 public:
  virtual ~CredentialsProvider() = default;

  // Valid ones, from memory as a rule. Errors: denied (none to be had here), and those of the source.
  [[nodiscard]] virtual Result<Credentials> get(const std::stop_token& stop) = 0;

  // AWS said that these have expired: fetches others, once. The same ones again if none newer are to be had.
  [[nodiscard]] virtual Result<Credentials> replace(const Credentials& expired,
                                                    const std::stop_token& stop) = 0;
};

}  // namespace hakoban
