// The drain's enumerations, read back from the words that name_of() gives them.
#pragma once

#include <initializer_list>
#include <optional>
#include <string_view>

#include "core/termination/drain_state.h"

namespace hakoban {

template <class Enum>
[[nodiscard]] std::optional<Enum> value_named(std::string_view word);

namespace detail {

template <class Enum>
std::optional<Enum> pick(std::string_view word, std::initializer_list<Enum> all) {
  for (const Enum value : all) {
    if (name_of(value) == word) return value;
  }
  return std::nullopt;
}

}  // namespace detail

template <>
inline std::optional<NoticeKind> value_named(std::string_view word) {
  return detail::pick(word,
                      {NoticeKind::spot_interruption, NoticeKind::rebalance, NoticeKind::lifecycle,
                       NoticeKind::maintenance, NoticeKind::operator_request, NoticeKind::host_shutdown});
}

template <>
inline std::optional<Manner> value_named(std::string_view word) {
  return detail::pick(word, {Manner::none, Manner::mark, Manner::gentle, Manner::hard});
}

template <>
inline std::optional<TaskKind> value_named(std::string_view word) {
  return detail::pick(word, {TaskKind::unknown, TaskKind::service, TaskKind::daemon, TaskKind::batch});
}

template <>
inline std::optional<OnInterruption> value_named(std::string_view word) {
  return detail::pick(word, {OnInterruption::by_kind, OnInterruption::stop,
                             OnInterruption::run_until_deadline, OnInterruption::notify});
}

template <>
inline std::optional<StopWhy> value_named(std::string_view word) {
  return detail::pick(word, {StopWhy::draining_set, StopWhy::targets_out, StopWhy::grace_over,
                             StopWhy::others_ended, StopWhy::latest_time, StopWhy::called_off});
}

}  // namespace hakoban
