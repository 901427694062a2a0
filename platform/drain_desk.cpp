#include "platform/drain_desk.h"

#include <utility>

#include <fmt/format.h>

#include "platform/files.h"

namespace hakoban {

Result<std::string> read_desk_token(const std::filesystem::path& file) {
  const auto text = read_file(file);
  if (!text) return text.error();
  std::string token = text->substr(0, text->find_first_of("\r\n"));
  if (token.empty()) return Error{Errc::invalid, fmt::format("{}: no token in it", file.string())};
  return token;
}

DrainDeskClient::DrainDeskClient(HttpClient& http, DrainDeskConfig config)
    : http_(http), config_(std::move(config)) {}

Result<DeskAnswer> DrainDeskClient::ask(const DeskRequest& request, const std::stop_token& stop) {
  HttpRequest http;
  http.method = "POST";
  http.url = config_.url + std::string{kDrainDeskPath};
  http.headers = {{"Content-Type", "application/json"}, {std::string{kDrainDeskToken}, config_.token}};
  http.body = format_desk_request(request);
  http.direct = true;
  http.connect_timeout = config_.connect_timeout;
  http.timeout = config_.timeout;
  http.body_limit_bytes = 64 << 10;
  const auto answer = http_.send(http, stop);
  if (!answer) return answer.error().within("asking the coordinator");
  if (answer->status == 401 || answer->status == 403)
    return Error{Errc::denied, "the coordinator does not take the token"};
  if (answer->status != 200)
    return Error{Errc::unavailable, fmt::format("the coordinator answered {}", answer->status)};
  auto parsed = parse_desk_answer(answer->body);
  if (!parsed) return parsed.error().within("the coordinator's answer");
  return parsed;
}

}  // namespace hakoban
