#include "coordinator/policy_options.h"

#include <array>
#include <charconv>

#include <fmt/format.h>

namespace hakoban {
namespace {

constexpr std::array<std::string_view, 7> kDays{"sun", "mon", "tue", "wed", "thu", "fri", "sat"};
constexpr std::int64_t kMostUnits = 100'000;

Error invalid(std::string_view text, std::string_view form) {
  return {Errc::invalid, fmt::format("'{}' is not {}", text, form)};
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

// Off the front of `text`, up to `sign`, which is taken too.
std::string_view take_until(std::string_view& text, char sign) {
  const auto end = text.find(sign);
  const auto part = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return part;
}

template <class Number>
std::optional<Number> number_of(std::string_view text) {
  Number value{};
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<unsigned> day_of(std::string_view name) {
  const auto found = std::find(kDays.begin(), kDays.end(), name);
  if (found == kDays.end()) return std::nullopt;
  return static_cast<unsigned>(found - kDays.begin());
}

// "mon-fri", "sat+sun", "mon".
std::optional<unsigned> parse_days(std::string_view text) {
  unsigned days = 0;
  while (!text.empty()) {
    auto part = take_until(text, '+');
    const auto first = day_of(take_until(part, '-'));
    const auto last = part.empty() ? first : day_of(part);
    if (!first || !last) return std::nullopt;
    for (unsigned day = *first;; day = (day + 1) % 7) {
      days |= 1U << day;
      if (day == *last) break;
    }
  }
  return days == 0 ? std::nullopt : std::optional{days};
}

std::optional<std::chrono::minutes> parse_clock(std::string_view text) {
  const auto hours = number_of<int>(take_until(text, ':'));
  const auto minutes = number_of<int>(text);
  if (!hours || !minutes || text.size() != 2 || *hours < 0 || *minutes < 0 || *minutes > 59)
    return std::nullopt;
  const std::chrono::minutes time = std::chrono::hours{*hours} + std::chrono::minutes{*minutes};
  return time > 24h ? std::nullopt : std::optional{time};
}

bool take_hours(std::string_view text, Schedule& schedule) {
  const auto from = parse_clock(take_until(text, '-'));
  const auto to = parse_clock(text);
  if (!from || !to || *from == 24h) return false;
  schedule.from = *from;
  schedule.to = *to;
  return true;
}

bool take_limit(std::string_view name, std::string_view value, Schedule& schedule) {
  if (name == "headroom") {
    const auto headroom = parse_headroom(value);
    if (headroom) schedule.headroom = *headroom;
    return headroom.has_value();
  }
  const auto units = number_of<std::int64_t>(value);
  if (!units || *units < 0 || *units > kMostUnits) return false;
  if (name == "min") schedule.min = *units;
  if (name == "max") schedule.max = *units;
  return name == "min" || name == "max";
}

OptionTable::Parse take_headroom(Headroom& target) {
  return [&target](std::string_view value) -> Result<void> {
    const auto parsed = parse_headroom(value);
    if (!parsed) return parsed.error();
    target = *parsed;
    return {};
  };
}

OptionTable::Parse take_schedules(std::vector<Schedule>& target) {
  return [&target](std::string_view value) -> Result<void> {
    std::vector<Schedule> list;
    while (!value.empty()) {
      const auto parsed = parse_schedule(take_until(value, ','));
      if (!parsed) return parsed.error();
      list.push_back(*parsed);
    }
    target = std::move(list);
    return {};
  };
}

OptionTable::Parse take_bound(std::optional<std::int64_t>& target) {
  return [&target](std::string_view value) -> Result<void> {
    const auto units = number_of<std::int64_t>(value);
    if (!value.empty() && (!units || *units < 0 || *units > kMostUnits))
      return invalid(value, "a number of units");
    target = value.empty() ? std::nullopt : units;
    return {};
  };
}

void add_pool_options(OptionTable& table, const std::string& kind, PoolPolicy& policy) {
  const std::string prefix = "policy." + kind + ".";
  table.real(prefix + "out_above", policy.out_above, 0.01, 1,
             "Reservation of CPU or memory, 0 to 1, above which the pool grows.");
  table.real(prefix + "in_below", policy.in_below, 0, 1, "Reservation of both below which it shrinks …");
  table.duration(prefix + "in_after", policy.in_after, 0s, 24h, "… once it has been so for so long.");
  table.duration(prefix + "in_cooldown", policy.in_cooldown, 0s, 24h,
                 "From the last growth or shrinking to the next shrinking.");
  table.duration(prefix + "out_cooldown", policy.out_cooldown, 0s, 24h, "Between two growths.");
  table.number(prefix + "step_out", policy.step_out, 1, kMostUnits, "Most units bought by one decision.");
  table.number(prefix + "step_in", policy.step_in, 0, kMostUnits, "Instances that may drain at a time …");
  table.real(prefix + "step_in_share", policy.step_in_share, 0, 1,
             "… or this share of the pool's hosts, if that is more.");
  table.custom(prefix + "min", "", take_bound(policy.min),
               "Least units, where the pool itself allows fewer.");
  table.custom(prefix + "max", "", take_bound(policy.max), "Most units, where the pool itself allows more.");
  table.number(prefix + "zone_difference", policy.zone_difference, 0, kMostUnits,
               "Most that a removal may leave between the instances of two zones; 0: zones do not matter.");
  table.custom(prefix + "headroom", format_headroom(policy.headroom), take_headroom(policy.headroom),
               "Room kept free: '10%' of the pool, as much as '2 instances', for '3 tasks' of the largest "
               "kind, or 'none'.");
  table.custom(
      prefix + "schedules", "", take_schedules(policy.schedules),
      "Other limits at some hours, such as 'mon-fri 11:00-13:30 min=40 headroom=20%'; the first that "
      "holds counts.");
}

}  // namespace

void add_policy_options(OptionTable& table, FleetPolicy& policy) {
  add_pool_options(table, "on_demand", policy.on_demand);
  add_pool_options(table, "spot", policy.spot);
  table.duration("policy.stale_after", policy.stale_after, 5s, 1h,
                 "An observation older than that is none: nothing is done upon it.");
  table.duration("policy.short_grace", policy.short_grace, 0s, 10min,
                 "How long a service may miss tasks while ECS is about to place them.");
  table.duration("policy.job_silence", policy.job_silence, 5s, 1h,
                 "A waiting job not heard of for so long is placed or given up.");
  table.duration("policy.stuck_after", policy.stuck_after, 0s, 1h,
                 "What ECS fails for so long beside room gets an empty host.");
  table.duration("policy.launch_timeout", policy.launch_timeout, 10s, 1h,
                 "A pool that owes units for longer, and launches none, is not counted upon.");
  table.duration("policy.boot_timeout", policy.boot_timeout, 10s, 2h,
                 "An instance that has not registered by then is not waited for.");
  table.duration("policy.agent_grace", policy.agent_grace, 0s, 1h,
                 "How long a host counts as capacity while its ECS agent is not connected.");
  table.duration("policy.drain_timeout", policy.drain_timeout, 1min, 48h,
                 "A draining host that has not emptied by then goes back to work …");
  table.duration("policy.drain_again_after", policy.drain_again_after, 0s, 168h, "… for at least so long.");
  table.duration("policy.foresight", policy.foresight, 0s, 30min,
                 "Room is made so long before demand rose an hour or a day ago, for batch that starts by the "
                 "clock; 0s: it is not.");
  table.custom(
      "policy.utc_offset", "0",
      [&policy](std::string_view value) -> Result<void> {
        const auto minutes = number_of<int>(value);
        if (!minutes || *minutes < -24 * 60 || *minutes > 24 * 60)
          return invalid(value, "a number of minutes");
        policy.utc_offset = std::chrono::minutes{*minutes};
        return {};
      },
      "Minutes that the schedules' clock is ahead of UTC: 540 in Japan.");
}

void add_decision_options(OptionTable& table, DecisionLogConfig& config) {
  table.number("decisions.ring", config.ring, 1, 100'000, "Decisions kept in memory, for /v1/decisions.");
  table.duration("decisions.every", config.every, 10s, 24h,
                 "A decision like the one before is written down no more often than that.");
}

Result<Headroom> parse_headroom(std::string_view text) {
  const auto whole = text = trimmed(text);
  constexpr std::string_view kForm = "'10%', '2 instances', '3 tasks' or 'none'";
  if (text == "none" || text == "0") return Headroom{};
  Headroom headroom;
  const auto ends_with = [&](std::string_view end, HeadroomKind kind) {
    if (!text.ends_with(end)) return false;
    text = trimmed(text.substr(0, text.size() - end.size()));
    headroom.kind = kind;
    return true;
  };
  if (!ends_with("%", HeadroomKind::percentage) && !ends_with("instances", HeadroomKind::instances) &&
      !ends_with("instance", HeadroomKind::instances) && !ends_with("tasks", HeadroomKind::largest_task) &&
      !ends_with("task", HeadroomKind::largest_task))
    return invalid(whole, kForm);
  const auto amount = number_of<double>(text);
  const double most = headroom.kind == HeadroomKind::percentage ? 95 : 10'000;
  if (!amount || !(*amount >= 0 && *amount <= most)) return invalid(whole, kForm);
  headroom.amount = *amount;
  return headroom;
}

std::string format_headroom(const Headroom& headroom) {
  if (headroom.amount <= 0) return "none";
  switch (headroom.kind) {
    case HeadroomKind::percentage:
      return fmt::format("{}%", headroom.amount);
    case HeadroomKind::instances:
      return fmt::format("{} instances", headroom.amount);
    case HeadroomKind::largest_task:
      return fmt::format("{} tasks", headroom.amount);
  }
  return "none";
}

Result<Schedule> parse_schedule(std::string_view text) {
  const auto whole = text = trimmed(text);
  Schedule schedule;
  bool limits = false;
  while (!(text = trimmed(text)).empty()) {
    auto word = take_until(text, ' ');
    if (word.find('=') == std::string_view::npos) {
      const auto days = parse_days(word);
      if (days) schedule.days = *days;
      if (!days && !take_hours(word, schedule))
        return invalid(whole, fmt::format("a schedule: '{}' is neither days nor hours", word));
      continue;
    }
    // "headroom=2 instances": its unit is a word of its own.
    auto name = take_until(word, '=');
    std::string amount{word};
    if (name == "headroom" && (text.starts_with("instance") || text.starts_with("task")))
      amount += fmt::format(" {}", take_until(text, ' '));
    if (!take_limit(name, amount, schedule))
      return invalid(whole, fmt::format("a schedule: '{}={}' is no limit", name, amount));
    limits = true;
  }
  if (!limits) return invalid(whole, "a schedule: it names no min, max or headroom");
  return schedule;
}

}  // namespace hakoban
