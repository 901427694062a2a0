#include "handlers/drain/drain_announcer.h"

#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "platform/log.h"

namespace hakoban {

namespace {

using Json = nlohmann::json;

constexpr Duration kLook = 1h;

std::string sentence(std::string_view event, const DrainState& state, const Ec2Identity& instance) {
  const DrainSummary summary = summarize(state);
  const std::string host = instance.instance_id.empty() ? "this host" : instance.instance_id;
  if (event == "drain_began") {
    return fmt::format("{} of {} is being drained: {}", host, state.cluster, name_of(state.notice().kind));
  }
  if (event == "drain_finished") {
    return fmt::format("{} of {} is drained{}: {} tasks ended, {} left", host, state.cluster,
                       summary.missed ? ", but not all in time" : "", summary.tasks_ended,
                       summary.tasks_left);
  }
  if (event == "drain_called_off") return fmt::format("the drain of {} is called off", host);
  return fmt::format("{} is back in service", host);
}

}  // namespace

std::string_view drain_event(const DrainStatus& before, const DrainStatus& now) {
  if (!now.drain) return "";
  const DrainState& state = *now.drain;
  const DrainState nothing;
  const DrainState& earlier = before.drain ? *before.drain : nothing;
  if (state.returned_at) return earlier.returned_at == state.returned_at ? "" : "drain_returned";
  if (state.called_off_at) return earlier.called_off_at == state.called_off_at ? "" : "drain_called_off";
  if (state.finished_at) return earlier.finished_at == state.finished_at ? "" : "drain_finished";
  const bool same = before.drain && !earlier.called_off_at && earlier.terms.since == state.terms.since;
  return same ? "" : "drain_began";
}

std::string format_announcement(std::string_view event, const DrainState& state, const Ec2Identity& instance,
                                TimePoint now) {
  const DrainSummary summary = summarize(state);
  Json kinds = Json::array();
  for (const auto& [id, cause] : state.causes) {
    if (!cause.notice.withdrawn && !cause.dismissed) kinds.push_back(name_of(cause.notice.kind));
  }
  const bool timed = state.deadline() < TimePoint::max();
  const Json json = {{"event", event},
                     {"instance_id", instance.instance_id},
                     {"cluster", state.cluster},
                     {"container_instance", state.container_instance_arn},
                     {"kinds", std::move(kinds)},
                     {"action", state.notice().action},
                     {"manner", name_of(state.terms.manner)},
                     {"deadline", timed ? Json(format_rfc3339(state.deadline())) : Json{}},
                     {"missed", state.finished_at && summary.missed},
                     {"tasks_ended", summary.tasks_ended},
                     {"tasks_left", summary.tasks_left},
                     {"at", format_rfc3339(now)},
                     {"text", sentence(event, state, instance)}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

DrainAnnouncer::DrainAnnouncer(const Latest<DrainStatus>& status, const Latest<HostView>& views,
                               Topics& topics, HttpClient& http, const Clock& clock,
                               DrainAnnouncerConfig config, prometheus::Registry& registry, Random random)
    : status_(status),
      views_(views),
      topics_(topics),
      http_(http),
      clock_(clock),
      config_(std::move(config)),
      random_(std::move(random)),
      sent_(prometheus::BuildCounter()
                .Name("hakoban_drain_announcements_total")
                .Help("Announcements of a drain to a topic or webhook, by whether they could be made")
                .Register(registry)) {
  skip_present();
}

void DrainAnnouncer::skip_present() {
  seen_ = status_.version();
  before_ = status_.get();
}

void DrainAnnouncer::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    seen_ = status_.wait_newer(seen_, kLook, stop);
    auto now = status_.get();
    const std::string_view event = drain_event(*before_, *now);
    if (!event.empty() && !stop.stop_requested()) announce(event, *now->drain, stop);
    before_ = std::move(now);
  }
}

void DrainAnnouncer::announce(std::string_view event, const DrainState& state, const std::stop_token& stop) {
  const std::string text = format_announcement(event, state, views_.get()->ec2, clock_.now());
  if (!config_.topic_arn.empty()) {
    const std::string subject = fmt::format("hakoban: {}", event);
    send(
        "topic", [&] { return topics_.publish(config_.topic_arn, subject, text, stop); }, stop);
  }
  if (!config_.webhook_url.empty())
    send(
        "webhook", [&] { return post(text, stop); }, stop);
}

template <class Send>
void DrainAnnouncer::send(std::string_view way, const Send& once, const std::stop_token& stop) {
  for (int attempt = 1; !stop.stop_requested(); ++attempt) {
    const Result<void> done = once();
    const bool over = done || !done.error().transient() || attempt >= config_.attempts;
    if (over) {
      sent_.Add({{"to", std::string{way}}, {"result", done ? "sent" : "failed"}}).Increment();
      if (!done) log::warn("a drain could not be announced", {{"to", way}, {"error", done.error()}});
      return;
    }
    const double factor = 0.5 + random_();
    const auto wait = static_cast<double>((config_.first_retry * (1 << (attempt - 1))).count()) * factor;
    clock_.sleep(Duration{static_cast<Duration::rep>(wait)}, stop);
  }
}

// The URL may hold a secret, and curl's words may hold the URL: only the kind of failure is told.
Result<void> DrainAnnouncer::post(const std::string& body, const std::stop_token& stop) {
  HttpRequest request;
  request.method = "POST";
  request.url = config_.webhook_url;
  request.headers = {{"Content-Type", "application/json"}};
  request.body = body;
  request.timeout = config_.timeout;
  const auto answer = http_.send(request, stop);
  if (!answer)
    return Error{answer.error().code, fmt::format("the webhook: {}", name_of(answer.error().code))};
  if (answer->status < 300) return {};
  const Errc code = answer->status >= 500 || answer->status == 429 ? Errc::unavailable : Errc::invalid;
  return Error{code, fmt::format("the webhook answers {}", answer->status)};
}

}  // namespace hakoban
