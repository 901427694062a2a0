// Reads memberOf expressions of placement constraints. Source: Amazon ECS Developer Guide, "Cluster query
// language".
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace hakoban {

// `unknown`: the expression speaks of what an instance's attributes do not tell (task:group, agentVersion),
// or cannot be read. Whoever asks decides to the safe side.
enum class Verdict { no, yes, unknown };

using Attributes = std::map<std::string, std::string>;

// One expression, read once. Movable value.
class Constraint {
 public:
  explicit Constraint(std::string_view expression);
  ~Constraint();
  Constraint(Constraint&&) noexcept;
  Constraint& operator=(Constraint&&) noexcept;

  [[nodiscard]] Verdict holds(const Attributes& attributes) const;

 private:
  struct Node;
  class Parser;
  std::unique_ptr<const Node> root_;  // null: cannot be read
};

}  // namespace hakoban
