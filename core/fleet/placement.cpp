#include "core/fleet/placement.h"

#include <algorithm>

namespace hakoban {
namespace {

bool share_any(const std::vector<std::uint16_t>& left, const std::vector<std::uint16_t>& right) {
  return std::any_of(left.begin(), left.end(), [&](std::uint16_t port) {
    return std::find(right.begin(), right.end(), port) != right.end();
  });
}

void erase_each(std::vector<std::uint16_t>& ports, const std::vector<std::uint16_t>& gone) {
  for (const auto port : gone) {
    const auto found = std::find(ports.begin(), ports.end(), port);
    if (found != ports.end()) ports.erase(found);
  }
}

bool contains(const std::vector<Placement::Index>& list, Placement::Index one) {
  return std::find(list.begin(), list.end(), one) != list.end();
}

}  // namespace

Placement::Index Placement::add(Bin bin) {
  bins_.push_back(std::move(bin));
  const Index index = bins_.size() - 1;
  if (index / kBlock == blocks_.size()) blocks_.emplace_back();
  widen(index);
  return index;
}

bool Placement::fits(const TaskNeed& need, Index index, bool unknown_fits) {
  const Bin& bin = bins_[index];
  if (!bin.open || !holds(need, bin) || !has_ports(need, bin)) return false;
  if (need.constraints.empty()) return true;
  static const Attributes kNone;
  const Verdict verdict = allows(need, bin.attributes != nullptr ? *bin.attributes : kNone);
  return verdict == Verdict::yes || (verdict == Verdict::unknown && unknown_fits);
}

bool Placement::holds(const TaskNeed& need, const Bin& bin) {
  return bin.cpu >= need.cpu && bin.memory >= need.memory && bin.gpus >= need.gpus;
}

bool Placement::has_ports(const TaskNeed& need, const Bin& bin) {
  return !share_any(need.ports, bin.ports) && !share_any(need.udp_ports, bin.udp_ports);
}

Verdict Placement::allows(const TaskNeed& need, const Attributes& attributes) {
  Verdict sum = Verdict::yes;
  for (const auto& expression : need.constraints) {
    const Verdict one = constraint(expression).holds(attributes);
    if (one == Verdict::no) return one;
    if (one == Verdict::unknown) sum = one;
  }
  return sum;
}

std::optional<Placement::Index> Placement::place(const TaskNeed& need, std::optional<std::size_t> pool,
                                                 bool unknown_fits, Index from,
                                                 const std::vector<Index>& taken) {
  for (Index index = from; index < bins_.size();) {
    const std::size_t block = index / kBlock;
    const Index begin = index;
    const Index end = std::min((block + 1) * kBlock, bins_.size());
    index = end;
    if (blocks_[block].cpu < need.cpu || blocks_[block].memory < need.memory) continue;
    for (Index i = begin; i < end; ++i) {
      if ((pool && bins_[i].pool != *pool) || !fits(need, i, unknown_fits) || contains(taken, i)) continue;
      put(need, i);
      return i;
    }
    narrow(block);
  }
  return std::nullopt;
}

void Placement::put(const TaskNeed& need, Index index) {
  Bin& bin = bins_[index];
  bin.cpu -= need.cpu;
  bin.memory -= need.memory;
  bin.gpus -= need.gpus;
  bin.ports.insert(bin.ports.end(), need.ports.begin(), need.ports.end());
  bin.udp_ports.insert(bin.udp_ports.end(), need.udp_ports.begin(), need.udp_ports.end());
  journal_.emplace_back(index, need);
}

void Placement::set_open(Index index, bool open) {
  bins_[index].open = open;
  if (open) widen(index);
}

void Placement::give_back(const TaskNeed& need, Index index) {
  Bin& bin = bins_[index];
  bin.cpu += need.cpu;
  bin.memory += need.memory;
  bin.gpus += need.gpus;
  erase_each(bin.ports, need.ports);
  erase_each(bin.udp_ports, need.udp_ports);
  widen(index);
}

void Placement::rollback(std::size_t mark) {
  for (; journal_.size() > mark; journal_.pop_back())
    give_back(journal_.back().second, journal_.back().first);
}

const Constraint& Placement::constraint(const std::string& expression) {
  const auto found = constraints_.find(expression);
  if (found != constraints_.end()) return found->second;
  return constraints_.emplace(expression, Constraint{expression}).first->second;
}

void Placement::widen(Index index) {
  Block& block = blocks_[index / kBlock];
  const Bin& bin = bins_[index];
  if (!bin.open) return;
  block.cpu = std::max(block.cpu, bin.cpu);
  block.memory = std::max(block.memory, bin.memory);
}

void Placement::narrow(std::size_t index) {
  Block& block = blocks_[index];
  block = {};
  const Index end = std::min((index + 1) * kBlock, bins_.size());
  for (Index i = index * kBlock; i < end; ++i) widen(i);
}

}  // namespace hakoban
