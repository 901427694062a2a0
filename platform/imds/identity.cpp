#include <boost/algorithm/string/trim.hpp>
#include <nlohmann/json.hpp>

#include "platform/imds/imds.h"
#include "platform/json_fields.h"

namespace hakoban {
namespace {

// One line of text; "" where the path does not exist.
Result<std::string> line_at(Imds& imds, std::string_view path, const std::stop_token& stop) {
  auto text = imds.get(path, stop);
  if (!text) return text.error();
  std::string line = boost::algorithm::trim_copy(text->value_or(""));
  if (line.find_first_of("\r\n") != std::string::npos)
    return Error{Errc::malformed, std::string{path} + ": more than one line"};
  return line;
}

}  // namespace

Result<Ec2Identity> read_identity(Imds& imds, const std::stop_token& stop) {
  auto text = imds.get("/latest/dynamic/instance-identity/document", stop);
  if (!text) return text.error().within("identity document");
  if (!*text) return Error{Errc::unavailable, "identity document: not there"};
  const auto document = nlohmann::json::parse(**text, nullptr, false);
  Ec2Identity identity;
  identity.instance_id = text_of(document, "instanceId");
  identity.instance_type = text_of(document, "instanceType");
  identity.region = text_of(document, "region");
  identity.availability_zone = text_of(document, "availabilityZone");
  identity.account_id = text_of(document, "accountId");
  identity.private_ip = text_of(document, "privateIp");
  if (!document.is_object() || identity.instance_id.empty())
    return Error{Errc::malformed, "identity document: without an instance id"};
  auto life_cycle = line_at(imds, "/latest/meta-data/instance-life-cycle", stop);
  if (!life_cycle) return life_cycle.error();
  identity.life_cycle = std::move(*life_cycle);
  return identity;
}

}  // namespace hakoban
