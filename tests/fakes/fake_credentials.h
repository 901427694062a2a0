// Credentials that are there, or are not, without any source behind them.
#pragma once

#include <utility>

#include "platform/aws/credentials.h"

namespace hakoban {

class FakeCredentials final : public CredentialsProvider {
 public:
  [[nodiscard]] Result<Credentials> get(const std::stop_token&) override { return current; }

  [[nodiscard]] Result<Credentials> replace(const Credentials&, const std::stop_token&) override {
    ++replaced;
    current = next;
    return current;
  }

  Result<Credentials> current = Credentials{"AKIDOLD", "secret", "old-token", std::nullopt};
  Result<Credentials> next = Credentials{"AKIDNEW", "secret", "new-token", std::nullopt};
  int replaced = 0;
};

}  // namespace hakoban
