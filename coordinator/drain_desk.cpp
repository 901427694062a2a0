#include "coordinator/drain_desk.h"

#include <array>
#include <utility>

#include <openssl/crypto.h>

#include "platform/drain_desk_messages.h"
#include "platform/log.h"

namespace hakoban {

namespace {

constexpr Duration kTurn = 50ms;

HttpReply json_reply(int status, std::string body) {
  HttpReply reply;
  reply.status = status;
  reply.content_type = "application/json";
  reply.body = std::move(body);
  return reply;
}

HttpReply refusal(int status, const Error& error) {
  return json_reply(status, format_desk_answer({DeskStanding::failed, error}));
}

}  // namespace

DrainDesk::DrainDesk(EcsPlacement& ecs, LoadBalancers& balancers, const Clock& clock,
                     prometheus::Registry& registry, DrainDeskSettings settings)
    : ecs_(ecs),
      balancers_(balancers),
      clock_(clock),
      settings_(std::move(settings)),
      desk_(settings_.policy),
      requests_(prometheus::BuildCounter()
                    .Name("hakoban_drain_desk_requests_total")
                    .Help("Questions of draining hosts, by answer; a host asks again until it is done")
                    .Register(registry)),
      calls_(prometheus::BuildCounter()
                 .Name("hakoban_drain_desk_calls_total")
                 .Help("Calls to AWS made for draining hosts, by outcome")
                 .Register(registry)),
      items_a_call_(prometheus::BuildHistogram()
                        .Name("hakoban_drain_desk_items_per_call")
                        .Help("Instances or targets that one call served")
                        .Register(registry)
                        .Add({}, prometheus::Histogram::BucketBoundaries{1, 2, 5, 10, 20, 50, 100, 200})),
      wishes_(prometheus::BuildGauge()
                  .Name("hakoban_drain_desk_waiting_items")
                  .Help("Instances and targets of draining hosts that wait for their call")
                  .Register(registry)
                  .Add({})) {
  for (const char* answer : {"pending", "done", "failed", "refused"}) requests_.Add({{"answer", answer}});
}

DrainDesk::~DrainDesk() = default;

bool DrainDesk::allowed(const HttpQuery& query) const {
  const auto shown = query.header(kDrainDeskToken);
  if (settings_.token.empty() || !shown) return false;
  return shown->size() == settings_.token.size() &&
         CRYPTO_memcmp(shown->data(), settings_.token.data(), shown->size()) == 0;
}

HttpReply DrainDesk::answer(const HttpQuery& query) {
  const auto refused = [&](int status, Errc code, std::string what) {
    requests_.Add({{"answer", "refused"}}).Increment();
    return refusal(status, {code, std::move(what)});
  };
  if (query.method != "POST") return refused(405, Errc::invalid, "POST only");
  if (!allowed(query)) return refused(401, Errc::denied, "the token is missing or wrong");
  const auto request = parse_desk_request(query.body);
  if (!request) return refused(400, Errc::malformed, request.error().what);
  for (const DeskItem& item : request->items) {
    if (!item.container_instance.empty() && item.cluster != settings_.cluster)
      return refused(403, Errc::denied, "an instance of another cluster");
  }
  const std::lock_guard lock{mutex_};
  const DeskAnswer answer = desk_.ask(request->id, request->items, clock_.steady());
  constexpr std::array kWords = {"pending", "done", "failed"};
  requests_.Add({{"answer", kWords.at(static_cast<std::size_t>(answer.standing))}}).Increment();
  return json_reply(200, format_desk_answer(answer));
}

void DrainDesk::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    {
      const std::lock_guard lock{mutex_};
      for (DeskCall& call : desk_.due(clock_.steady())) waiting_.push_back(std::move(call));
      wishes_.Set(static_cast<double>(desk_.waiting()));
    }
    while (!waiting_.empty() && under_way_ < kAtOnce) {
      begin(std::move(waiting_.front()), stop);
      waiting_.pop_front();
    }
    for (auto ended = ended_.pop(kTurn, stop); ended; ended = ended_.pop(0s, stop)) settle(*ended);
  }
  threads_.clear();  // what is under way is cancelled with our own stop
}

void DrainDesk::begin(DeskCall call, const std::stop_token& stop) {
  ++under_way_;
  const std::uint64_t number = ++calls_made_;
  threads_.emplace(number, std::jthread{[this, number, call = std::move(call), stop] {
                     Ended ended = carry_out(call, stop);
                     ended.number = number;
                     ended_.push(std::move(ended), stop);
                   }});
}

DrainDesk::Ended DrainDesk::carry_out(const DeskCall& call, const std::stop_token& stop) const {
  Ended ended{0, call, std::nullopt, {}};
  if (!call.set_draining) {
    std::vector<TargetRef> targets;
    for (const DeskItem& item : call.items) targets.push_back(item.target);
    const auto done = balancers_.deregister_targets(call.subject, targets, stop);
    if (!done) ended.whole = done.error();
    return ended;
  }
  std::vector<std::string> instances;
  for (const DeskItem& item : call.items) instances.push_back(item.container_instance);
  const auto refused = ecs_.set_status(call.subject, instances, "DRAINING", stop);
  if (!refused) {
    ended.whole = refused.error();
    return ended;
  }
  for (const DeskItem& item : call.items) {
    const auto reason = refused->find(item.container_instance);
    if (reason != refused->end()) ended.parts[item] = Error{Errc::not_found, reason->second};
  }
  return ended;
}

void DrainDesk::settle(const Ended& ended) {
  threads_.erase(ended.number);  // its last deed was to tell so
  --under_way_;
  const std::string action = ended.call.set_draining ? "set_draining" : "deregister";
  const std::string outcome{ended.whole ? name_of(ended.whole->code) : "ok"};
  calls_.Add({{"call", action}, {"outcome", outcome}}).Increment();
  items_a_call_.Observe(static_cast<double>(ended.call.items.size()));
  if (ended.whole) {
    log::warn("a call for draining hosts failed", {{"call", action},
                                                   {"subject", ended.call.subject},
                                                   {"items", ended.call.items.size()},
                                                   {"error", *ended.whole}});
  } else {
    log::info("carried out for draining hosts", {{"call", action},
                                                 {"subject", ended.call.subject},
                                                 {"items", ended.call.items.size()},
                                                 {"refused", ended.parts.size()}});
  }
  const std::lock_guard lock{mutex_};
  desk_.ended(ended.call, ended.whole, ended.parts, clock_.steady());
}

}  // namespace hakoban
