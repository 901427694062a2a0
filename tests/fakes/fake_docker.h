// A Docker engine with the containers that the test gives it.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "platform/docker/docker.h"
#include "tests/fakes/call_log.h"
#include "tests/fakes/fake_failures.h"

namespace hakoban {

class FakeDocker final : public Docker {
 public:
  explicit FakeDocker(CallLog& log) : log_(log) {}

  [[nodiscard]] Result<std::vector<ContainerView>> list(const std::stop_token& stop) override {
    log_.add("list");
    if (const auto error = failures.next("list", stop)) return *error;
    const std::lock_guard lock{mutex_};
    std::vector<ContainerView> all;
    for (const auto& [id, container] : containers_) all.push_back(container);
    return all;
  }

  [[nodiscard]] Result<ContainerView> inspect(const std::string& id, const std::stop_token& stop) override {
    log_.add("inspect " + id);
    if (const auto error = failures.next("inspect", stop)) return *error;
    const std::lock_guard lock{mutex_};
    const auto found = containers_.find(id);
    if (found == containers_.end()) return Error{Errc::not_found, "no such container: " + id};
    return found->second;
  }

  // Hands on what send() is given.
  [[nodiscard]] Error watch(const std::function<void()>& connected,
                            const std::function<void(const DockerEvent&)>& sink,
                            const std::stop_token& stop) override {
    log_.add("watch");
    if (const auto error = failures.next("watch", stop)) return *error;
    connected();
    std::unique_lock lock{mutex_};
    while (changed_.wait(lock, stop, [&] { return ended_ || !events_.empty(); })) {
      if (ended_) break;
      const DockerEvent event = events_.front();
      events_.erase(events_.begin());
      lock.unlock();
      sink(event);
      lock.lock();
    }
    if (!ended_) return Error{Errc::cancelled, "stopped"};
    ended_ = false;
    return Error{Errc::unavailable, "the engine ended the stream"};
  }

  [[nodiscard]] Result<void> stop_container(const std::string& id, Duration /*patience*/,
                                            const std::stop_token& stop) override {
    log_.add("docker_stop " + id);
    if (const auto error = failures.next("stop_container", stop)) return *error;
    if (on_stop) on_stop(id);
    return {};
  }

  [[nodiscard]] Result<void> signal_container(const std::string& id, const std::string& signal,
                                              const std::stop_token& stop) override {
    log_.add("docker_signal " + signal + " " + id);
    if (const auto error = failures.next("signal_container", stop)) return *error;
    return {};
  }

  void put(const ContainerView& container) {
    const std::lock_guard lock{mutex_};
    containers_[container.id] = container;
  }

  void remove(const std::string& id) {
    const std::lock_guard lock{mutex_};
    containers_.erase(id);
  }

  void send(const DockerEvent& event) {
    const std::lock_guard lock{mutex_};
    events_.push_back(event);
    changed_.notify_all();
  }

  // As a dockerd that goes away does.
  void end_stream() {
    const std::lock_guard lock{mutex_};
    ended_ = true;
    changed_.notify_all();
  }

  FakeFailures failures;
  std::function<void(const std::string& id)> on_stop;  // from the caller's thread

 private:
  CallLog& log_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::map<std::string, ContainerView> containers_;
  std::vector<DockerEvent> events_;
  bool ended_ = false;
};

}  // namespace hakoban
