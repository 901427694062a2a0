// A fuzzer's input makes log lines without end: only errors are let through.
#pragma once

#include "platform/log.h"

namespace hakoban {

inline const bool kQuiet = [] {
  log::configure(log::Level::error, log::Format::logfmt);
  return true;
}();

}  // namespace hakoban
