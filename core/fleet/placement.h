// Where would ECS find room? Bins are container instances, registered or to come; needs are placed into them
// one after the other, first fit. Pure bookkeeping, made for thousands of bins and needs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/fleet/constraint.h"
#include "core/fleet/fleet_snapshot.h"

namespace hakoban {

struct Bin {
  std::size_t pool = 0;
  std::int64_t cpu = 0;  // left
  std::int64_t memory = 0;
  std::int64_t gpus = 0;
  std::vector<std::uint16_t> ports;  // taken
  std::vector<std::uint16_t> udp_ports;
  const Attributes* attributes = nullptr;  // must outlive the placement
  bool open = true;                        // closed: nothing is placed into it
};

class Placement {
 public:
  using Index = std::size_t;

  Index add(Bin bin);

  // Whether the need fits into the bin as it is now. An unknown constraint counts as `unknown_fits`.
  [[nodiscard]] bool fits(const TaskNeed& need, Index bin, bool unknown_fits);

  // As for that bin, whether CPU, memory and GPUs do, and the ports.
  [[nodiscard]] static bool holds(const TaskNeed& need, const Bin& bin);
  [[nodiscard]] static bool has_ports(const TaskNeed& need, const Bin& bin);

  // What the need's constraints say of such attributes.
  [[nodiscard]] Verdict allows(const TaskNeed& need, const Attributes& attributes);

  // Books the need into the first bin from `from` on that has room, is of `pool` (if given) and not in
  // `taken`.
  std::optional<Index> place(const TaskNeed& need, std::optional<std::size_t> pool, bool unknown_fits,
                             Index from = 0, const std::vector<Index>& taken = {});

  // Books it into this bin, which must have room.
  void put(const TaskNeed& need, Index bin);

  // Gives back what put() booked; not taken back by rollback().
  void give_back(const TaskNeed& need, Index bin);

  void set_open(Index bin, bool open);

  // Everything booked since mark() is taken back by rollback().
  [[nodiscard]] std::size_t mark() const { return journal_.size(); }
  void rollback(std::size_t mark);

  [[nodiscard]] const Bin& bin(Index index) const { return bins_[index]; }
  [[nodiscard]] std::size_t size() const { return bins_.size(); }

 private:
  // Most that one bin of a block may have left: whole blocks are passed over by it. Never too low; put right
  // when a block was searched in vain.
  struct Block {
    std::int64_t cpu = 0;
    std::int64_t memory = 0;
  };
  static constexpr std::size_t kBlock = 64;

  [[nodiscard]] const Constraint& constraint(const std::string& expression);
  void widen(Index bin);
  void narrow(std::size_t block);

  std::vector<Bin> bins_;
  std::vector<Block> blocks_;
  std::map<std::string, Constraint, std::less<>> constraints_;
  std::vector<std::pair<Index, TaskNeed>> journal_;
};

}  // namespace hakoban
