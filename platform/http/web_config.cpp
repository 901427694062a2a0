#include "platform/http/web_config.h"

#include <algorithm>
#include <functional>
#include <set>
#include <yaml-cpp/yaml.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "platform/http/basic_auth.h"

namespace hakoban {
namespace {

using Problems = std::vector<std::string>;
using Reader = std::function<void(const YAML::Node&, const std::string& path)>;
using Readers = std::map<std::string, Reader, std::less<>>;

// Reads a section key by key; null stands for an empty section, as in Go.
void read_section(const YAML::Node& node, const std::string& path, const Readers& readers,
                  Problems& problems) {
  if (!node || node.IsNull()) return;
  if (!node.IsMap()) return problems.push_back(path + ": must be a mapping");
  std::set<std::string> seen;
  for (const auto& entry : node) {
    const auto name = entry.first.IsScalar() ? entry.first.Scalar() : std::string{"?"};
    const auto place = path.empty() ? name : path + "." + name;
    const auto reader = readers.find(name);
    if (reader == readers.end())
      problems.push_back(place + ": unknown key");
    else if (!seen.insert(name).second)
      problems.push_back(place + ": given twice");
    else if (!entry.second.IsNull())
      reader->second(entry.second, place);
  }
}

class FileReader {
 public:
  FileReader(std::filesystem::path folder, WebConfig& config) : folder_(std::move(folder)), config_(config) {}

  Problems read(const YAML::Node& root) {
    read_section(root, "",
                 {{"tls_server_config", [&](const auto& node, const auto& path) { read_tls(node, path); }},
                  {"http_server_config", [&](const auto& node, const auto& path) { read_http(node, path); }},
                  {"basic_auth_users", [&](const auto& node, const auto& path) { read_users(node, path); }},
                  {"rate_limit", [&](const auto& node, const auto& path) { read_rate(node, path); }}},
                 problems_);
    check_tls();
    return std::move(problems_);
  }

 private:
  void problem(const std::string& path, std::string_view what) {
    problems_.push_back(fmt::format("{}: {}", path, what));
  }

  Reader text(std::string& target) {
    return [this, &target](const YAML::Node& node, const std::string& path) {
      if (!node.IsScalar()) return problem(path, "must be a string");
      target = node.Scalar();
    };
  }

  Reader file(std::filesystem::path& target) {
    return [this, &target](const YAML::Node& node, const std::string& path) {
      if (!node.IsScalar()) return problem(path, "must be a file name");
      if (!node.Scalar().empty()) target = folder_ / node.Scalar();
    };
  }

  Reader boolean(bool& target) {
    return [this, &target](const YAML::Node& node, const std::string& path) {
      if (!YAML::convert<bool>::decode(node, target)) problem(path, "must be true or false");
    };
  }

  Reader texts(std::vector<std::string>& target) {
    return [this, &target](const YAML::Node& node, const std::string& path) {
      if (!node.IsSequence()) return problem(path, "must be a list of strings");
      for (const auto& item : node) {
        if (item.IsScalar())
          target.push_back(item.Scalar());
        else
          problem(path, "must be a list of strings");
      }
    };
  }

  template <class Value>
  Reader choice(Value& target, const std::map<std::string, Value>& choices) {
    return [this, &target, choices](const YAML::Node& node, const std::string& path) {
      const auto found = node.IsScalar() ? choices.find(node.Scalar()) : choices.end();
      if (found != choices.end()) {
        target = found->second;
        return;
      }
      std::vector<std::string> names;
      names.reserve(choices.size());
      for (const auto& [name, value] : choices) names.push_back(name);
      problem(path, fmt::format("must be one of {}", fmt::join(names, ", ")));
    };
  }

  void read_tls(const YAML::Node& node, const std::string& path) {
    auto& tls = config_.tls;
    std::vector<std::string> curves;
    const std::map<std::string, TlsVersion> versions{{"TLS10", TlsVersion::tls10},
                                                     {"TLS11", TlsVersion::tls11},
                                                     {"TLS12", TlsVersion::tls12},
                                                     {"TLS13", TlsVersion::tls13}};
    const std::map<std::string, ClientAuth> policies{
        {"NoClientCert", ClientAuth::none},
        {"RequestClientCert", ClientAuth::request},
        {"RequireAnyClientCert", ClientAuth::require_any},
        {"RequireClientCert", ClientAuth::require_any},  // the toolkit's older word
        {"VerifyClientCertIfGiven", ClientAuth::verify_if_given},
        {"RequireAndVerifyClientCert", ClientAuth::require_and_verify}};
    const Readers readers{{"cert", text(tls.cert)},
                          {"key", text(tls.key)},
                          {"client_ca", text(tls.client_ca)},
                          {"cert_file", file(tls.cert_file)},
                          {"key_file", file(tls.key_file)},
                          {"client_ca_file", file(tls.client_ca_file)},
                          {"client_auth_type", choice(tls.client_auth, policies)},
                          {"client_allowed_sans", texts(tls.client_allowed_sans)},
                          {"min_version", choice(tls.min_version, versions)},
                          {"max_version", choice(tls.max_version, versions)},
                          {"cipher_suites", texts(tls.cipher_suites)},
                          {"prefer_server_cipher_suites", boolean(tls.prefer_server_cipher_suites)},
                          {"curve_preferences", texts(curves)}};
    read_section(node, path, readers, problems_);
    for (const auto& curve : curves) read_curve(curve, path + ".curve_preferences");
  }

  void read_curve(const std::string& name, const std::string& path) {
    static const std::map<std::string, std::string> kCurves{
        {"CurveP256", "P-256"}, {"CurveP384", "P-384"}, {"CurveP521", "P-521"}, {"X25519", "X25519"}};
    const auto found = kCurves.find(name);
    if (found == kCurves.end()) return problem(path, fmt::format("unknown curve '{}'", name));
    config_.tls.curve_preferences.push_back(found->second);
  }

  // What the toolkit refuses although every key is right.
  void check_tls() {
    const auto& tls = config_.tls;
    const bool has_ca = !tls.client_ca.empty() || !tls.client_ca_file.empty();
    config_.tls_enabled = !tls.cert.empty() || !tls.cert_file.empty() || !tls.key.empty() ||
                          !tls.key_file.empty() || has_ca || tls.client_auth != ClientAuth::none;
    if (!config_.tls_enabled) return;
    const std::string path = "tls_server_config";
    if (tls.cert.empty() && tls.cert_file.empty()) problem(path, "one of cert and cert_file is missing");
    if (tls.key.empty() && tls.key_file.empty()) problem(path, "one of key and key_file is missing");
    if (!tls.cert.empty() && !tls.cert_file.empty()) problem(path, "both cert and cert_file are given");
    if (!tls.key.empty() && !tls.key_file.empty()) problem(path, "both key and key_file are given");
    if (!tls.client_ca.empty() && !tls.client_ca_file.empty())
      problem(path, "both client_ca and client_ca_file are given");
    if (has_ca && tls.client_auth == ClientAuth::none)
      problem(path, "a client CA is given, but no client_auth_type that asks for certificates");
    const bool verifies =
        tls.client_auth == ClientAuth::verify_if_given || tls.client_auth == ClientAuth::require_and_verify;
    if (verifies && !has_ca) problem(path, "client_auth_type verifies, but there is no client CA");
    const bool must_come =
        tls.client_auth == ClientAuth::require_any || tls.client_auth == ClientAuth::require_and_verify;
    if (!tls.client_allowed_sans.empty() && !must_come)
      problem(path, "client_allowed_sans needs RequireAnyClientCert or RequireAndVerifyClientCert");
    if (tls.min_version > tls.max_version) problem(path, "min_version is above max_version");
  }

  void read_http(const YAML::Node& node, const std::string& path) {
    bool http2 = true;
    const Readers readers{{"http2", boolean(http2)},
                          {"headers", [&](const auto& inner, const auto& at) { read_headers(inner, at); }}};
    read_section(node, path, readers, problems_);
  }

  void read_headers(const YAML::Node& node, const std::string& path) {
    Readers readers;
    std::map<std::string, std::string> values;
    for (const char* name : {"Content-Security-Policy", "X-Frame-Options", "X-Content-Type-Options",
                             "X-XSS-Protection", "Strict-Transport-Security"})
      readers.emplace(name, text(values[name]));
    read_section(node, path, readers, problems_);
    for (const auto& [name, value] : values) {
      if (value.find_first_of("\r\n") != std::string::npos) problem(path + "." + name, "must be one line");
      if (!value.empty()) config_.headers.emplace_back(name, value);
    }
    const auto& frame = values["X-Frame-Options"];
    if (!frame.empty() && frame != "deny" && frame != "sameorigin")
      problem(path + ".X-Frame-Options", "must be deny or sameorigin");
    const auto& sniff = values["X-Content-Type-Options"];
    if (!sniff.empty() && sniff != "nosniff") problem(path + ".X-Content-Type-Options", "must be nosniff");
  }

  void read_users(const YAML::Node& node, const std::string& path) {
    if (!node.IsMap()) return problem(path, "must map names to bcrypt hashes");
    for (const auto& entry : node) {
      if (!entry.first.IsScalar()) return problem(path, "a user's name must be a string");
      const auto& name = entry.first.Scalar();
      const auto place = path + "." + name;
      if (name.find(':') != std::string::npos) problem(place, "a user's name cannot hold a colon");
      if (!entry.second.IsScalar() || !is_bcrypt_hash(entry.second.Scalar())) {
        problem(place, "is no bcrypt hash ($2y$…); make one with htpasswd -nBC 10");
        continue;
      }
      if (!config_.users.emplace(name, entry.second.Scalar()).second) problem(place, "given twice");
    }
  }

  void read_rate(const YAML::Node& node, const std::string& path) {
    auto& limit = config_.rate_limit;
    const auto interval = [&](const YAML::Node& value, const std::string& at) {
      const auto parsed = parse_duration(value.IsScalar() ? value.Scalar() : std::string{});
      if (value.IsScalar() && value.Scalar() == "0") return;
      if (!parsed || *parsed < Duration{0}) return problem(at, "must be a duration, such as 1s");
      limit.interval = *parsed;
    };
    const auto burst = [&](const YAML::Node& value, const std::string& at) {
      if (!YAML::convert<int>::decode(value, limit.burst) || limit.burst < 0)
        problem(at, "must be a number, 0 or more");
    };
    read_section(node, path, {{"interval", interval}, {"burst", burst}}, problems_);
  }

  const std::filesystem::path folder_;
  WebConfig& config_;
  Problems problems_;
};

}  // namespace

Result<WebConfig> parse_web_config(std::string_view yaml, const std::filesystem::path& folder) {
  try {
    WebConfig config;
    const auto problems = FileReader{folder, config}.read(YAML::Load(std::string{yaml}));
    if (problems.empty()) return config;
    return Error{Errc::invalid, fmt::format("{}", fmt::join(problems, "; "))};
  } catch (const YAML::Exception& broken) {  // its message names the line, never the text
    return Error{Errc::invalid, fmt::format("not YAML: {}", broken.what())};
  }
}

}  // namespace hakoban
