#include "platform/aws/endpoints.h"

#include <gtest/gtest.h>

#include "tests/fakes/fake_environment.h"

namespace hakoban {
namespace {

// What botocore 1.44.5 resolves to (S3 in us-east-1 aside: botocore still uses the global name there).
struct Standard {
  bool fips;
  bool dualstack;
  std::string region;
  AwsService service;
  std::string host;
};

TEST(AwsEndpoints, standard_hosts_are_those_of_the_sdks) {
  using enum AwsService;
  const std::vector<Standard> table{
      {false, false, "eu-west-1", ecs, "ecs.eu-west-1.amazonaws.com"},
      {false, false, "eu-west-1", elb_v2, "elasticloadbalancing.eu-west-1.amazonaws.com"},
      {false, false, "eu-west-1", s3, "s3.eu-west-1.amazonaws.com"},
      {false, false, "eu-west-1", cloudwatch, "monitoring.eu-west-1.amazonaws.com"},
      {false, false, "cn-north-1", ecs, "ecs.cn-north-1.amazonaws.com.cn"},
      {false, false, "us-gov-west-1", dynamodb, "dynamodb.us-gov-west-1.amazonaws.com"},
      {false, true, "us-east-1", ecs, "ecs.us-east-1.api.aws"},
      {false, true, "us-east-1", s3, "s3.dualstack.us-east-1.amazonaws.com"},
      {false, true, "cn-north-1", sts, "sts.cn-north-1.api.amazonwebservices.com.cn"},
      {false, true, "cn-north-1", s3, "s3.dualstack.cn-north-1.amazonaws.com.cn"},
      {true, false, "us-east-1", ecs, "ecs-fips.us-east-1.amazonaws.com"},
      {true, false, "us-east-1", elb, "elasticloadbalancing-fips.us-east-1.amazonaws.com"},
      {true, false, "us-east-1", s3, "s3-fips.us-east-1.amazonaws.com"},
      {true, false, "us-gov-west-1", ecs, "ecs-fips.us-gov-west-1.amazonaws.com"},
      {true, false, "us-gov-west-1", elb_v2, "elasticloadbalancing.us-gov-west-1.amazonaws.com"},
      {true, false, "us-gov-west-1", s3, "s3-fips.us-gov-west-1.amazonaws.com"},
      {true, false, "us-gov-west-1", sts, "sts.us-gov-west-1.amazonaws.com"},
      {true, true, "us-east-1", autoscaling, "autoscaling-fips.us-east-1.api.aws"},
      {true, true, "us-east-1", s3, "s3-fips.dualstack.us-east-1.amazonaws.com"},
      {true, true, "us-gov-west-1", elb_v2, "elasticloadbalancing-fips.us-gov-west-1.api.aws"},
  };
  for (const auto& row : table) {
    AwsConfig config;
    config.region = row.region;
    config.use_fips = row.fips;
    config.use_dualstack = row.dualstack;
    const auto endpoint = resolve(config, row.service);
    ASSERT_TRUE(endpoint);
    EXPECT_EQ(endpoint->host, row.host);
    EXPECT_EQ(endpoint->scheme, "https");
    EXPECT_EQ(endpoint->region, row.region);
    EXPECT_FALSE(endpoint->custom);
  }
}

TEST(AwsEndpoints, both_generations_of_elb_sign_as_elasticloadbalancing) {
  AwsConfig config;
  config.region = "eu-west-1";
  EXPECT_EQ(resolve(config, AwsService::elb)->signing_name, "elasticloadbalancing");
  EXPECT_EQ(resolve(config, AwsService::elb_v2)->signing_name, "elasticloadbalancing");
  EXPECT_EQ(resolve(config, AwsService::cloudwatch)->signing_name, "monitoring");
}

TEST(AwsEndpoints, the_environment_names_endpoints_for_all_and_for_one) {
  const auto config = aws_config(fake_environment({
      {"AWS_REGION", "ap-northeast-1"},
      {"AWS_DEFAULT_REGION", "us-east-1"},
      {"AWS_ENDPOINT_URL", "http://127.0.0.1:5000/"},
      {"AWS_ENDPOINT_URL_ELASTIC_LOAD_BALANCING_V2", "https://elb.test:443/base/"},
      {"AWS_ENDPOINT_URL_S3", ""},
      {"AWS_CA_BUNDLE", "/etc/ca.pem"},
  }));
  EXPECT_EQ(config.ca_bundle, "/etc/ca.pem");
  const auto ecs = resolve(config, AwsService::ecs);
  EXPECT_EQ(ecs->scheme, "http");
  EXPECT_EQ(ecs->host, "127.0.0.1:5000");
  EXPECT_EQ(ecs->base_path, "");
  EXPECT_EQ(ecs->region, "ap-northeast-1");
  EXPECT_EQ(ecs->signing_name, "ecs");
  EXPECT_TRUE(ecs->custom);
  const auto elb = resolve(config, AwsService::elb_v2);
  EXPECT_EQ(elb->host, "elb.test");
  EXPECT_EQ(elb->base_path, "/base");
  EXPECT_EQ(resolve(config, AwsService::s3)->host, "127.0.0.1:5000");
}

TEST(AwsEndpoints, configured_endpoints_can_be_ignored) {
  const auto config = aws_config(fake_environment({{"AWS_DEFAULT_REGION", "eu-west-1"},
                                                   {"AWS_ENDPOINT_URL", "http://127.0.0.1:5000"},
                                                   {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "True"}}));
  EXPECT_EQ(resolve(config, AwsService::ecs)->host, "ecs.eu-west-1.amazonaws.com");
}

TEST(AwsEndpoints, wrong_settings_are_refused_with_their_text) {
  AwsConfig config;
  EXPECT_EQ(resolve(config, AwsService::ecs).error().code, Errc::unavailable);
  config.region = "evil.example/";
  EXPECT_EQ(resolve(config, AwsService::ecs).error().code, Errc::invalid);
  config.region = "eu-west-1";
  for (const char* url :
       {"127.0.0.1:5000", "ftp://x", "http://", "http://u:p@h", "http://h/?q", "https://:443"}) {
    config.endpoint_url = url;
    const auto endpoint = resolve(config, AwsService::ecs);
    ASSERT_FALSE(endpoint) << url;
    EXPECT_NE(endpoint.error().what.find(url), std::string::npos);
  }
}

}  // namespace
}  // namespace hakoban
