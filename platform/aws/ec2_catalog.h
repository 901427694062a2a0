// What EC2 knows about instances and their types. Reads only. Source: Amazon EC2 API Reference 2016-11-15.
#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "core/result.h"
#include "core/time.h"

namespace hakoban {

struct Ec2Machine {
  std::string id;
  std::string type;
  std::string zone;
  std::string private_address;
  std::string state;  // "pending", "running", "shutting-down", "terminated", …
  std::optional<TimePoint> launched_at;

  bool operator==(const Ec2Machine&) const = default;
};

struct Ec2Type {
  std::string name;
  std::int64_t cpu_units = 0;   // 1024 a vCPU
  std::int64_t memory_mib = 0;  // of the machine; what its ECS agent registers is some percent less
  std::int64_t gpus = 0;

  bool operator==(const Ec2Type&) const = default;
};

struct Ec2LaunchTemplate {
  std::string instance_type;  // "" when it says none
  bool spot = false;

  bool operator==(const Ec2LaunchTemplate&) const = default;
};

class Ec2Catalog {
 public:
  virtual ~Ec2Catalog() = default;

  // Those of the ids that EC2 knows.
  [[nodiscard]] virtual Result<std::vector<Ec2Machine>> machines(const std::vector<std::string>& ids,
                                                                 const std::stop_token& stop) = 0;

  // Those of the names that EC2 knows.
  [[nodiscard]] virtual Result<std::vector<Ec2Type>> types(const std::vector<std::string>& names,
                                                           const std::stop_token& stop) = 0;

  // `name`: id or name, with ":version".
  [[nodiscard]] virtual Result<Ec2LaunchTemplate> launch_template(const std::string& name,
                                                                  const std::stop_token& stop) = 0;
};

}  // namespace hakoban
