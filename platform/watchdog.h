// systemd's watchdog (sd_watchdog_enabled(3)): fed only while every watched thread makes progress.
#pragma once

#include <stop_token>

#include "platform/clock.h"

namespace hakoban {

// Longer than any single step of work may take: every call outside has a shorter limit.
inline constexpr Duration kLongestStep = 2min;

// Waits until `stop`; meanwhile feeds the watchdog at half its interval, if the service manager asked for one
// (WATCHDOG_USEC). A thread that is busy for longer than `longest_step`, or than two thirds of that interval
// where this is shorter, is logged by name, and the watchdog is left hungry as long as it is.
void watch_until_stopped(const Clock& clock, const std::stop_token& stop,
                         Duration longest_step = kLongestStep);

}  // namespace hakoban
