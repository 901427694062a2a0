// Makes room for one need after the other: in what is there, by calling draining hosts back, by buying. Only
// core/fleet's own sources include this.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/fleet/fleet_model.h"

namespace hakoban {

// One task that needs room.
struct Demand {
  const TaskNeed& need;
  std::optional<std::size_t> pool;            // the only one that will do
  std::vector<std::size_t>* taken = nullptr;  // bins where a task of the same service stands; gets its own
  std::string cause;                          // counted among the reasons of the pool that grows
  std::optional<TimePoint> since = std::nullopt;  // it waits
};

class Growth {
 public:
  explicit Growth(FleetModel& model) : model_(model), first_bought_(model.room().size()) {}

  enum class Outcome { had_room, called_back, bought, refused };

  Outcome meet(const Demand& demand);

  // As `meet`, without looking for room that is there already.
  Outcome enlarge(const Demand& demand);

  // Room among hosts at work only, and its bin; nothing grows.
  std::optional<std::size_t> fit(const TaskNeed& need, std::optional<std::size_t> pool);

  // A host without tasks, or one on its way, on which the need has room.
  [[nodiscard]] bool empty_place_for(const TaskNeed& need, std::optional<std::size_t> pool);

  // One more instance of the pool's smallest type, or one called back: false when a limit forbids it.
  bool enlarge_by_one(std::size_t pool);

  // Room was opened behind our back.
  void look_anew() {
    cursors_.clear();
    plain_.clear();
  }

  // The bin of the last need met.
  [[nodiscard]] std::size_t last_bin() const { return last_bin_; }

  // Why the last need was refused: each pool's own reason.
  [[nodiscard]] std::string why_refused() const;

  // Writes what was counted into the pools' decisions.
  void tell_reasons();

 private:
  // A need without ports or constraints, and the bin before which it finds no room.
  struct Plain {
    std::optional<std::size_t> pool;
    std::int64_t cpu;
    std::int64_t memory;
    std::size_t cursor;
  };

  // No room before this bin, as smaller needs have found.
  [[nodiscard]] std::size_t first_bin_for(const Demand& demand) const;
  void remember(const Demand& demand, std::size_t cursor);
  // Nothing: it may grow by so many units.
  [[nodiscard]] std::optional<std::string> forbidden(PoolModel& pool, std::int64_t units);
  [[nodiscard]] std::optional<std::size_t> call_back_for(const TaskNeed& need, std::size_t pool);
  [[nodiscard]] std::optional<std::size_t> buy_for(const Demand& demand, std::size_t pool);
  [[nodiscard]] std::optional<std::string> vain(const Demand& demand, const PoolModel& pool);
  // What comes nearest to being met, for the reason of a refusal.
  enum class Near { size, ports, constraints };
  [[nodiscard]] std::optional<std::string> zone_for(const TaskNeed& need, std::size_t pool,
                                                    const PoolType& type, Near& near);

  FleetModel& model_;
  const std::size_t first_bought_;  // bins from here on are bought
  // Room only shrinks, so a need equal to one placed before finds nothing before that one's bin.
  std::map<std::pair<std::optional<std::size_t>, TaskNeed>, std::size_t> cursors_;
  std::vector<Plain> plain_;
  std::map<std::size_t, std::map<std::string, int>> causes_;  // by pool
  std::vector<std::string> why_;
  std::size_t last_bin_ = 0;
};

}  // namespace hakoban
