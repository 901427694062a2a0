#include "collectors/forward/forward_listener.h"

#include <algorithm>
#include <utility>

#include "collectors/spool/spool_places.h"
#include "core/logs/journal_entry.h"
#include "platform/log.h"

namespace hakoban {
namespace {

constexpr Duration kPatience = 1s;
constexpr Duration kPauseWhenBlocked = 200ms;
// One that sends nonsense sends much of it.
constexpr Duration kBetweenComplaints = 1min;
// Docker's driver sends both streams of a container over one connection, and whoever of its two senders reads
// first takes all answers that are there. So answers to different streams stand so far apart.
constexpr Duration kApart = 10ms;
// Enough for what a socket's buffers hold.
constexpr int kLastTurns = 64;
// Lines that want no acknowledgement are written so many bytes at a time.
constexpr std::size_t kWriteBytes = 256 << 10;

std::string log_id_of(const ForwardEvent& event, std::string_view tag) {
  const auto container = event.field("container_id");
  return is_container_id(container) ? std::string{container} : tag_log_id(tag);
}

// What comes from another sender than Docker may call its text otherwise.
LogRecord record_of_any(const ForwardEvent& event) {
  auto record = record_of(event);
  if (record.text.empty() && event.field("log").empty()) record.text = event.field("message");
  return record;
}

prometheus::Counter& counter(prometheus::Registry& registry, const std::string& name,
                             const std::string& help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry).Add({});
}

}  // namespace

ForwardListener::ForwardListener(Spool& spool, const Clock& clock, prometheus::Registry& registry,
                                 std::vector<ListenAddress> addresses)
    : spool_(spool),
      clock_(clock),
      server_(std::move(addresses)),
      messages_(
          counter(registry, "hakoban_forward_messages_total", "Messages taken from the forward protocol.")),
      records_(counter(registry, "hakoban_forward_records_total", "Records in those messages.")),
      repeated_(counter(registry, "hakoban_forward_repeated_total",
                        "Messages that came again though they were on disk, and were acknowledged again.")),
      malformed_(counter(registry, "hakoban_forward_malformed_total",
                         "Connections closed for what is not the forward protocol.")),
      connections_(prometheus::BuildGauge()
                       .Name("hakoban_forward_connections")
                       .Help("Open connections of the forward protocol.")
                       .Register(registry)
                       .Add({})) {}

ForwardListener::~ForwardListener() = default;

Result<void> ForwardListener::bind() {
  return server_.bind();
}

void ForwardListener::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) turn(kPatience, stop);
  server_.stop_accepting();
  for (int left = kLastTurns; left > 0; --left) {
    const auto before = messages_.Value();
    turn(blocked_ ? kPauseWhenBlocked : 0s, {});
    if (messages_.Value() == before && !blocked_) break;
  }
  send_answers(true);
}

void ForwardListener::turn(Duration patience, const std::stop_token& stop) {
  const bool hold = std::exchange(blocked_, false);
  if (hold) clock_.sleep(kPauseWhenBlocked, stop);
  if (!answers_.empty()) patience = std::min(patience, kApart);
  for (const auto& ready : server_.wait(hold ? 0s : patience, hold, stop)) {
    if (ready.ended) answered_.erase(ready.id);
    if (!take(ready)) {
      blocked_ = true;
      break;
    }
  }
  blocked_ = !flush_lines() || blocked_;
  acknowledge();
  connections_.Set(static_cast<double>(server_.connections()));
  // Those of connections that ended unseen.
  if (answered_.size() > 2 * server_.connections() + 64) answered_.clear();
}

// False: the spool does not take it now.
bool ForwardListener::take(const StreamServer::Ready& ready) {
  std::size_t used = 0;
  const auto done = [&](bool result) {
    ready.received->erase(0, used);
    return result;
  };
  for (;;) {
    const auto rest = std::string_view{*ready.received}.substr(used);
    const auto look = first_forward_message(rest);
    if (look.kind == ForwardLook::Kind::malformed) {
      refuse(ready.id, look.problem);
      return true;
    }
    if (look.kind == ForwardLook::Kind::incomplete) {
      if (rest.size() < StreamLimits{}.received_bytes) return done(true);
      refuse(ready.id, "a message is longer than it may be");
      return true;
    }
    if (!spool_message(ready.id, look.message)) return done(false);
    used += look.size;
    messages_.Increment();
    records_.Increment(static_cast<double>(look.message.events.size()));
  }
}

bool ForwardListener::spool_message(ConnectionId connection, const ForwardMessage& message) {
  const bool wants_ack = !message.chunk.empty();
  if (!wants_ack) {
    for (const auto& event : message.events) {
      const auto id = log_id_of(event, message.tag);
      append_record(lines_[id], record_of_any(event));
      if (lines_[id].size() >= kWriteBytes && !flush_lines()) blocked_ = true;
    }
    return true;
  }
  std::map<std::string, std::string> lines;
  for (const auto& event : message.events)
    append_record(lines[log_id_of(event, message.tag)], record_of_any(event));
  bool repeated = false;
  for (const auto& [id, text] : lines) {
    // What came before it on the same log stands before it.
    if (lines_.contains(id) && !flush_lines()) return false;
    // Docker's driver sends stdout and stderr over one connection, takes the one's answer for the other's,
    // and then sends both again.
    if (spool_.has_mark(id, message.chunk)) {
      repeated = true;
    } else if (!spool_.append(id, text, message.chunk)) {
      return false;
    }
    unsynced_.insert(id);
  }
  if (repeated) repeated_.Increment();
  const auto stream = message.events.empty() ? std::string_view{} : message.events.front().field("source");
  acks_.push_back({connection, std::string{message.chunk}, std::string{stream}});
  return true;
}

bool ForwardListener::flush_lines() {
  for (auto at = lines_.begin(); at != lines_.end();) {
    if (!spool_.append(at->first, at->second, "")) return false;
    at = lines_.erase(at);
  }
  return true;
}

void ForwardListener::acknowledge() {
  bool durable = true;
  for (const auto& id : unsynced_) durable = spool_.sync(id).has_value() && durable;
  unsynced_.clear();
  // Without it the sender sends again, and is answered then.
  if (durable) answers_.insert(answers_.end(), acks_.begin(), acks_.end());
  acks_.clear();
  send_answers(false);
}

void ForwardListener::send_answers(bool at_once) {
  const auto now = clock_.steady();
  std::set<ConnectionId> waiting;
  std::erase_if(answers_, [&](const Ack& ack) {
    const auto last = answered_.find(ack.connection);
    const bool close_by =
        last != answered_.end() && last->second.stream != ack.stream && now - last->second.at < kApart;
    if (!at_once && (close_by || waiting.contains(ack.connection))) {
      waiting.insert(ack.connection);
      return false;
    }
    server_.send(ack.connection, forward_ack(ack.chunk));
    answered_[ack.connection] = {now, ack.stream};
    return true;
  });
}

void ForwardListener::refuse(ConnectionId connection, const std::string& problem) {
  malformed_.Increment();
  answered_.erase(connection);
  server_.close(connection);
  const auto now = clock_.steady();
  if (complained_ && now - *complained_ < kBetweenComplaints) return;
  complained_ = now;
  log::warn("forward connection closed: not the forward protocol, or a form of it that is not served",
            {{"problem", problem}});
}

}  // namespace hakoban
