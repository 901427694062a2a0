// The coordinator's drain desk, as an agent sees it.
#pragma once

#include <filesystem>
#include <stop_token>
#include <string>

#include "core/result.h"
#include "core/time.h"
#include "platform/drain_desk_messages.h"
#include "platform/http/http_client.h"

namespace hakoban {

// The first line of a file. Errors: those of read_file; invalid when it is empty.
[[nodiscard]] Result<std::string> read_desk_token(const std::filesystem::path& file);

class DrainDeskPort {
 public:
  virtual ~DrainDeskPort() = default;

  // One exchange. Errors: unavailable or timeout (no coordinator there), denied (the token), malformed.
  [[nodiscard]] virtual Result<DeskAnswer> ask(const DeskRequest& request, const std::stop_token& stop) = 0;
};

struct DrainDeskConfig {
  std::string url;    // "http://coordinator.internal:9421", no '/' at its end; "": none
  std::string token;  // shared with the coordinator
  Duration connect_timeout = 500ms;
  Duration timeout = 1500ms;  // of each exchange
};

// Thread-safe, no state. Never through a proxy.
class DrainDeskClient final : public DrainDeskPort {
 public:
  DrainDeskClient(HttpClient& http, DrainDeskConfig config);

  [[nodiscard]] Result<DeskAnswer> ask(const DeskRequest& request, const std::stop_token& stop) override;

 private:
  HttpClient& http_;
  const DrainDeskConfig config_;
};

}  // namespace hakoban
