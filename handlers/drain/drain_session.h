// One drain, from its notice to its end: feeds the machine with what happens, and carries out what it wants.
#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>

#include "core/termination/drain_machine.h"
#include "handlers/drain/drain_calls.h"
#include "handlers/drain/drain_config.h"
#include "handlers/drain/drain_ports.h"
#include "handlers/drain/drain_timeline.h"

namespace hakoban {

// Used by the drainer's thread alone. All arguments must outlive it. Its end cancels the calls under way and
// leaves the journal as it stands.
class DrainSession {
 public:
  DrainSession(const DrainPorts& ports, const DrainConfig& config, DrainTimeline& timeline, DrainState state,
               std::string boot_id);

  // Waits for something to happen, at most `patience`, and does what follows from it.
  void turn(Duration patience, const std::stop_token& stop);

  // The same event told anew, or another one, or one withdrawn.
  void hear(const Notice& notice);
  // An operator's word that the host shall stay.
  void dismiss();

  [[nodiscard]] const DrainState& state() const { return state_; }
  // Called off, and all undone that was ours to undo.
  [[nodiscard]] bool over() const { return state_.returned_at.has_value(); }
  // Nothing is left to do but to wait for other notices, or for these to be withdrawn.
  [[nodiscard]] bool resting() const;
  // Grows with each change worth telling.
  [[nodiscard]] std::uint64_t version() const { return version_; }

 private:
  void take(const DrainEvent& event, bool worth_a_note);
  void look_at_host();
  void look_at_logs();
  void refresh_unknown();
  void hurry_logs();
  void write_journal();

  const DrainPorts& ports_;
  const DrainConfig& config_;
  DrainTimeline& timeline_;
  DrainState state_;
  bool changed_ = true;  // since the journal was written
  std::uint64_t version_ = 0;
  std::string boot_id_;
  std::optional<TimePoint> logs_hurried_for_;
  std::size_t tasks_unknown_ = 0;  // when fresher views were last asked for
  std::uint64_t seen_version_ = 0;
  std::optional<SteadyPoint> host_seen_at_;
  std::optional<SteadyPoint> logs_seen_at_;
  bool logs_marked_ = false;
  bool asking_logs_ = false;
  std::string journalled_;
  DrainCalls calls_;
};

}  // namespace hakoban
