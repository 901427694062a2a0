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

class Growth {
 public:
  explicit Growth(FleetModel& model) : model_(model), first_bought_(model.room().size()) {}

  enum class Outcome { had_room, called_back, bought, refused };

  // `pool`: the only one that will do. `taken`: bins where a task of the same service stands already; the one
  // found is added. `cause` is counted among the reasons of the pool that grows: "service web".
  Outcome meet(const TaskNeed& need, std::optional<std::size_t> pool, std::vector<std::size_t>* taken,
               const std::string& cause);

  // As `meet`, without looking for room that is there already.
  Outcome enlarge(const TaskNeed& need, std::optional<std::size_t> pool, std::vector<std::size_t>* taken,
                  const std::string& cause);

  // One more instance of the pool's smallest type, or one called back: false when a limit forbids it.
  bool enlarge_by_one(std::size_t pool);

  // Why the last need was refused: each pool's own reason.
  [[nodiscard]] std::string why_refused() const;

  // Writes what was counted into the pools' decisions.
  void tell_reasons();

 private:
  // Nothing: it may grow by so many units.
  [[nodiscard]] std::optional<std::string> forbidden(PoolModel& pool, std::int64_t units);
  [[nodiscard]] std::optional<std::size_t> call_back_for(const TaskNeed& need, std::size_t pool);
  [[nodiscard]] std::optional<std::size_t> buy_for(const TaskNeed& need, std::size_t pool);
  [[nodiscard]] std::optional<std::string> zone_for(const TaskNeed& need, std::size_t pool,
                                                    const PoolType& type, bool& room);

  FleetModel& model_;
  const std::size_t first_bought_;  // bins from here on are bought
  // Room only shrinks, so a need equal to one placed before finds nothing before that one's bin.
  std::map<std::pair<std::optional<std::size_t>, TaskNeed>, std::size_t> cursors_;
  std::map<std::size_t, std::map<std::string, int>> causes_;  // by pool
  std::vector<std::string> why_;
};

}  // namespace hakoban
