#include "platform/drain_desk_messages.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace hakoban {

namespace {

using Json = nlohmann::json;

constexpr std::size_t kLongestId = 128;
constexpr std::size_t kMostItems = 1000;
constexpr std::array kCodes = {Errc::not_found, Errc::timeout, Errc::unavailable,
                               Errc::throttled, Errc::denied,  Errc::malformed,
                               Errc::invalid,   Errc::exists,  Errc::cancelled};

Error malformed(std::string_view place, std::string_view why) {
  return {Errc::malformed, fmt::format("{}: {}", place, why)};
}

std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// A text that is there and not empty, else "".
std::string text_of(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

Result<void> read_draining(const Json& entry, std::vector<DeskItem>& items) {
  if (!entry.is_object()) return malformed("draining", "not an object");
  DeskItem item{text_of(entry, "cluster"), text_of(entry, "container_instance"), {}};
  if (item.cluster.empty()) return malformed("draining.cluster", "missing");
  if (item.container_instance.empty()) return malformed("draining.container_instance", "missing");
  items.push_back(std::move(item));
  return {};
}

Result<void> read_target(const Json& entry, std::vector<DeskItem>& items) {
  if (!entry.is_object()) return malformed("deregister", "not an object");
  TargetRef target{text_of(entry, "group"), text_of(entry, "id"), 0};
  if (target.group_arn.empty()) return malformed("deregister.group", "missing");
  if (target.target_id.empty()) return malformed("deregister.id", "missing");
  const auto port = entry.find("port");
  if (port == entry.end() || !port->is_number_unsigned() || port->get<std::uint64_t>() > 65535)
    return malformed("deregister.port", "not a port");
  target.port = port->get<std::uint16_t>();
  items.push_back({"", "", std::move(target)});
  return {};
}

template <class Reader>
Result<void> read_list(const Json& json, const char* key, std::vector<DeskItem>& items, Reader read) {
  const auto list = json.find(key);
  if (list == json.end()) return {};
  if (!list->is_array()) return malformed(key, "not a list");
  if (list->size() > kMostItems) return malformed(key, "too many");
  for (const Json& entry : *list) {
    if (auto done = read(entry, items); !done) return done;
  }
  return {};
}

}  // namespace

std::string format_desk_request(const DeskRequest& request) {
  Json draining = Json::array();
  Json deregister = Json::array();
  for (const DeskItem& item : request.items) {
    if (item.container_instance.empty()) {
      deregister.push_back(
          {{"group", item.target.group_arn}, {"id", item.target.target_id}, {"port", item.target.port}});
    } else {
      draining.push_back({{"cluster", item.cluster}, {"container_instance", item.container_instance}});
    }
  }
  return dump({{"id", request.id}, {"draining", std::move(draining)}, {"deregister", std::move(deregister)}});
}

Result<DeskRequest> parse_desk_request(std::string_view body) {
  const Json json = Json::parse(body, nullptr, false);
  if (!json.is_object()) return malformed("request", "not a JSON object");
  DeskRequest request{text_of(json, "id"), {}};
  if (request.id.empty() || request.id.size() > kLongestId) return malformed("id", "missing or too long");
  if (auto read = read_list(json, "draining", request.items, read_draining); !read) return read.error();
  if (auto read = read_list(json, "deregister", request.items, read_target); !read) return read.error();
  if (request.items.empty()) return malformed("request", "asks for nothing");
  if (request.items.size() > kMostItems) return malformed("request", "asks for too much");
  return request;
}

std::string format_desk_answer(const DeskAnswer& answer) {
  if (answer.standing == DeskStanding::pending) return R"({"standing":"pending"})";
  if (answer.standing == DeskStanding::done) return R"({"standing":"done"})";
  const Error error = answer.error.value_or(Error{Errc::unavailable, "failed"});
  return dump({{"standing", "failed"}, {"error", {{"code", name_of(error.code)}, {"what", error.what}}}});
}

Result<DeskAnswer> parse_desk_answer(std::string_view body) {
  const Json json = Json::parse(body, nullptr, false);
  if (!json.is_object()) return malformed("answer", "not a JSON object");
  const std::string standing = text_of(json, "standing");
  if (standing == "pending") return DeskAnswer{DeskStanding::pending, std::nullopt};
  if (standing == "done") return DeskAnswer{DeskStanding::done, std::nullopt};
  if (standing != "failed") return malformed("standing", "none of pending, done, failed");
  const auto error = json.find("error");
  if (error == json.end() || !error->is_object()) return malformed("error", "missing");
  const std::string word = text_of(*error, "code");
  const auto code =
      std::find_if(kCodes.begin(), kCodes.end(), [&](Errc each) { return name_of(each) == word; });
  return DeskAnswer{DeskStanding::failed,
                    Error{code == kCodes.end() ? Errc::unavailable : *code, text_of(*error, "what")}};
}

}  // namespace hakoban
