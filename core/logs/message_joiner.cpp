#include "core/logs/message_joiner.h"

namespace hakoban {
namespace {

constexpr std::size_t kTextStart = std::string_view{R"({"log":")"}.size();

}  // namespace

void MessageJoiner::add(std::string_view record, const RecordTail& tail, std::uint64_t at) {
  // One stream may never end its line while the other writes on.
  for (auto& message : messages_) {
    if (message && at - message->begun_at >= 2 * longest_) cut(message);
  }
  auto& message = messages_[tail.is_stderr ? 1 : 0];
  const auto time = time_at(record, tail);
  // Another time: the line that was open never got its end.
  if (message && (message->time != time || tail.text_end == 0)) close(message, message->end);
  if (!message) {
    if (!tail.partial) {
      held.append(record).append("\n");
      ++lines;
      return;
    }
    message = Message{std::string{record.substr(0, tail.text_end)}, std::string{time}, "", at, 0};
  } else {
    message->text.append(record, kTextStart, tail.text_end - kTextStart);
  }
  ++message->pieces;
  if (!tail.partial) return close(message, record.substr(tail.text_end));
  message->end = record.substr(tail.text_end);
  if (message->text.size() - kTextStart >= longest_) cut(message);
}

void MessageJoiner::close(std::optional<Message>& message, std::string_view end) {
  held.append(message->text).append(end).append("\n");
  ++lines;
  if (message->pieces > 1) joined += message->pieces;
  message.reset();
}

void MessageJoiner::cut(std::optional<Message>& message) {
  close(message, marked_as_cut(message->end));
}

void MessageJoiner::cut() {
  for (auto& message : messages_) {
    if (message) cut(message);
  }
}

void MessageJoiner::discard() {
  messages_ = {};
  held.clear();
  lines = joined = 0;
}

}  // namespace hakoban
