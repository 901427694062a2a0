// The real places where credentials come from, and the chain of them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "platform/aws/credentials.h"
#include "platform/environment.h"
#include "platform/http/http_client.h"
#include "platform/imds/imds.h"

namespace hakoban {

// AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN. One key without the other: invalid.
class EnvironmentCredentials final : public CredentialsSource {
 public:
  explicit EnvironmentCredentials(Environment environment);
  [[nodiscard]] std::string_view name() const override { return "environment"; }
  [[nodiscard]] Result<Credentials> fetch(const std::stop_token& stop) override;

 private:
  const Environment environment_;
};

// AWS_CONTAINER_CREDENTIALS_RELATIVE_URI (at 169.254.170.2) or …_FULL_URI. Plain http is spoken only to
// loopback and to the addresses of ECS and EKS, as in the SDKs, since the answer is a secret.
// AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE is read at each fetch (EKS rotates it), before
// …_AUTHORIZATION_TOKEN.
class ContainerCredentials final : public CredentialsSource {
 public:
  ContainerCredentials(HttpClient& http, Environment environment);
  [[nodiscard]] std::string_view name() const override { return "container endpoint"; }
  [[nodiscard]] Result<Credentials> fetch(const std::stop_token& stop) override;

 private:
  [[nodiscard]] Result<std::string> authorization() const;

  HttpClient& http_;
  const Environment environment_;
};

// The role of the EC2 instance, by instance metadata.
class InstanceCredentials final : public CredentialsSource {
 public:
  explicit InstanceCredentials(Imds& imds);
  [[nodiscard]] std::string_view name() const override { return "instance role"; }
  [[nodiscard]] Result<Credentials> fetch(const std::stop_token& stop) override;

 private:
  Imds& imds_;
};

// The first source that is set up here. None: denied.
class CredentialsChain final : public CredentialsSource {
 public:
  explicit CredentialsChain(std::vector<std::unique_ptr<CredentialsSource>> sources);
  [[nodiscard]] std::string_view name() const override { return "chain"; }
  [[nodiscard]] Result<Credentials> fetch(const std::stop_token& stop) override;

 private:
  const std::vector<std::unique_ptr<CredentialsSource>> sources_;
};

// The usual chain. The references must outlive it.
[[nodiscard]] std::unique_ptr<CredentialsSource> usual_credentials(HttpClient& http, Imds& imds,
                                                                   const Environment& environment);

}  // namespace hakoban
