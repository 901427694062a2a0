#include "platform/docker/container_json.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <utility>

#include <nlohmann/json.hpp>

#include "platform/json_fields.h"

namespace hakoban {
namespace {

using nlohmann::json;

constexpr std::array<ContainerState, 7> kStates{
    ContainerState::created,  ContainerState::running, ContainerState::paused, ContainerState::restarting,
    ContainerState::removing, ContainerState::exited,  ContainerState::dead};

std::optional<ContainerState> state_named(const std::string& name) {
  const auto* found = std::find_if(kStates.begin(), kStates.end(),
                                   [&](ContainerState state) { return name_of(state) == name; });
  if (found == kStates.end()) return std::nullopt;
  return *found;
}

// Status says it all; the flags stand in for an engine that words it differently.
ContainerState state_of(const json& state) {
  if (const auto named = state_named(text_of(state, "Status"))) return *named;
  if (bool_of(state, "Dead").value_or(false)) return ContainerState::dead;
  if (bool_of(state, "Restarting").value_or(false)) return ContainerState::restarting;
  if (bool_of(state, "Paused").value_or(false)) return ContainerState::paused;
  if (bool_of(state, "Running").value_or(false)) return ContainerState::running;
  return text_of(state, "StartedAt").starts_with("0001-") ? ContainerState::created : ContainerState::exited;
}

// Go's zero time, 0001-01-01, means never.
std::optional<TimePoint> time_of(const json& object, const char* key) {
  const auto text = text_of(object, key);
  if (text.empty() || text.starts_with("0001-")) return std::nullopt;
  const auto time = parse_rfc3339(text);
  if (!time) return std::nullopt;
  return *time;
}

std::map<std::string, std::string> labels_of(const json& object) {
  std::map<std::string, std::string> labels;
  for (const auto& [name, value] : object_of(object, "Labels").items()) {
    if (value.is_string()) labels.emplace(name, value.get<std::string>());
  }
  return labels;
}

std::string without_slash(std::string name) {
  if (name.starts_with('/')) name.erase(0, 1);
  return name;
}

std::optional<std::uint16_t> port_number(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (failure != std::errc{} || end != text.data() + text.size() || port == 0) return std::nullopt;
  return port;
}

// "80/tcp": [{"HostIp":"0.0.0.0","HostPort":"32768"},{"HostIp":"::","HostPort":"32768"}], or null when the
// port is only exposed. IPv4 first, since that is the one that load balancers reach.
void read_bindings(const std::string& port, const json& bindings, std::vector<PublishedPort>& ports) {
  const auto slash = port.find('/');
  const auto container_port = port_number(std::string_view{port}.substr(0, slash));
  if (!container_port || !bindings.is_array()) return;
  const std::string protocol = slash == std::string::npos ? "tcp" : port.substr(slash + 1);
  for (const bool ipv6 : {false, true}) {
    for (const auto& binding : bindings) {
      const bool is_ipv6 = text_of(binding, "HostIp").find(':') != std::string::npos;
      const auto host_port = port_number(text_of(binding, "HostPort"));
      if (is_ipv6 != ipv6 || !host_port) continue;
      PublishedPort published{*container_port, *host_port, protocol};
      if (std::find(ports.begin(), ports.end(), published) == ports.end()) ports.push_back(published);
    }
  }
}

std::string first_address(const json& network) {
  auto address = text_of(network, "IPAddress");
  if (!address.empty()) return address;
  for (const auto& [name, attached] : object_of(network, "Networks").items()) {
    address = text_of(attached, "IPAddress");
    if (!address.empty()) return address;
  }
  return {};
}

void read_network(const json& network, ContainerView& container) {
  container.ip_address = first_address(network);
  for (const auto& [port, bindings] : object_of(network, "Ports").items())
    read_bindings(port, bindings, container.ports);
}

int small_int(const json& object, const char* key) {
  const auto number = integer_of(object, key).value_or(0);
  return std::in_range<int>(number) ? static_cast<int>(number) : 0;
}

void read_state(const json& state, ContainerView& container) {
  container.state = state_of(state);
  container.pid = std::max(0, small_int(state, "Pid"));
  container.started_at = time_of(state, "StartedAt");
  container.oom_killed = bool_of(state, "OOMKilled").value_or(false);
  // One that was started again still tells the end of its former life, and a running one has the exit code 0
  // too: both mean something only once it has ended.
  if (container.state == ContainerState::running || container.state == ContainerState::paused) return;
  container.finished_at = time_of(state, "FinishedAt");
  if (container.finished_at && integer_of(state, "ExitCode"))
    container.exit_code = small_int(state, "ExitCode");
}

void read_host_config(const json& host, ContainerView& container) {
  container.cgroup_parent = text_of(host, "CgroupParent");
  container.network_mode = text_of(host, "NetworkMode");
  // What the API calls "default" is the bridge on Linux.
  if (container.network_mode == "default") container.network_mode = "bridge";
  container.log_driver = text_of(object_of(host, "LogConfig"), "Type");
}

// The engine's folder of a container. Another container's files are named when it shares that one's network.
std::string folder_of(const json& root, const std::string& id) {
  const auto file = text_of(root, "HostnamePath");
  const auto folder = file.rfind('/');
  if (folder == std::string::npos || folder == 0) return {};
  const auto parent = file.rfind('/', folder - 1);
  return parent == std::string::npos ? std::string{} : file.substr(0, parent + 1) + id;
}

// Source: moby, daemon/logs.go and container.StartLogger: the driver `local` writes local-logs/container.log,
// and beside drivers without a reader stands container-cached.log, in the same format.
std::string log_path_of(const json& root, const ContainerView& container) {
  auto named = text_of(root, "LogPath");
  const auto& driver = container.log_driver;
  const bool readable = driver == "json-file" || driver == "journald" || driver == "none" || driver.empty();
  const auto folder = folder_of(root, container.id);
  if (!named.empty() || readable || folder.empty()) return named;
  return folder + (driver == "local" ? "/local-logs/container.log" : "/container-cached.log");
}

}  // namespace

Result<ContainerView> read_container(std::string_view text) {
  const auto root = json::parse(text, nullptr, false);
  if (!root.is_object()) return Error{Errc::malformed, "the engine's answer is not a JSON object"};
  ContainerView container;
  container.id = text_of(root, "Id");
  if (container.id.empty()) return Error{Errc::malformed, "the engine's answer names no container"};
  container.name = without_slash(text_of(root, "Name"));
  container.created_at = time_of(root, "Created");
  const auto& config = object_of(root, "Config");
  container.image = text_of(config, "Image");
  container.labels = labels_of(config);
  read_state(object_of(root, "State"), container);
  read_host_config(object_of(root, "HostConfig"), container);
  container.log_path = log_path_of(root, container);
  read_network(object_of(root, "NetworkSettings"), container);
  return container;
}

Result<std::vector<ContainerView>> read_container_list(std::string_view text) {
  const auto root = json::parse(text, nullptr, false);
  if (!root.is_array()) return Error{Errc::malformed, "the engine's list is not a JSON array"};
  std::vector<ContainerView> containers;
  containers.reserve(root.size());
  for (const auto& entry : root) {
    ContainerView container;
    container.id = text_of(entry, "Id");
    if (container.id.empty()) continue;
    // A container that others link to has further names, "/other/alias".
    for (const auto& name : list_of(entry, "Names")) {
      if (!name.is_string() || name.get_ref<const std::string&>().find('/', 1) != std::string::npos) continue;
      container.name = without_slash(name.get<std::string>());
      break;
    }
    container.image = text_of(entry, "Image");
    container.labels = labels_of(entry);
    container.state = state_named(text_of(entry, "State")).value_or(ContainerState::created);
    containers.push_back(std::move(container));
  }
  return containers;
}

}  // namespace hakoban
