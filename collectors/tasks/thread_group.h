// Threads that end with the scope that they were started in, and with what stops that scope.
#pragma once

#include <functional>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

namespace hakoban {

class ThreadGroup {
 public:
  explicit ThreadGroup(const std::stop_token& stop) : follow_(stop, Request{&source_}) {}
  // Also when the scope is left by an exception: asks all of them to stop, then waits for them.
  ~ThreadGroup() { source_.request_stop(); }
  ThreadGroup(const ThreadGroup&) = delete;
  ThreadGroup& operator=(const ThreadGroup&) = delete;

  void add(std::function<void(const std::stop_token&)> body) {
    threads_.emplace_back([body = std::move(body), stop = source_.get_token()] { body(stop); });
  }

 private:
  struct Request {
    std::stop_source* source;
    void operator()() const { source->request_stop(); }
  };

  std::stop_source source_;
  std::stop_callback<Request> follow_;
  std::vector<std::jthread> threads_;  // joined first
};

}  // namespace hakoban
