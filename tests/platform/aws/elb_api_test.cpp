#include "platform/aws/elb_api.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "platform/files.h"
#include "tests/fakes/fake_aws.h"

namespace hakoban {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

std::string fixture(const std::string& name) {
  return read_file(std::filesystem::path{HAKOBAN_TESTS} / "fixtures/aws" / name).value();
}

std::string error_xml(const std::string& code) {
  return fmt::format("<ErrorResponse><Error><Code>{}</Code><Message>m</Message></Error></ErrorResponse>",
                     code);
}

std::string health_xml(const std::vector<std::pair<std::string, std::string>>& targets) {
  std::string members;
  for (const auto& [target, state] : targets) {
    const auto colon = target.find(':');
    members += fmt::format(
        "<member><Target><Id>{}</Id><Port>{}</Port></Target><TargetHealth><State>{}</State>"
        "</TargetHealth></member>",
        target.substr(0, colon), target.substr(colon + 1), state);
  }
  return fmt::format(
      "<DescribeTargetHealthResponse><DescribeTargetHealthResult><TargetHealthDescriptions>{}"
      "</TargetHealthDescriptions></DescribeTargetHealthResult></DescribeTargetHealthResponse>",
      members);
}

const std::string kBlue =
    "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/blue/1111111111111111";
const std::string kIp = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/ip/4444444444444444";
const std::string kGone =
    "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/gone/5555555555555555";

struct ElbApiTest : ::testing::Test {
  static std::string groups_xml(const std::vector<std::string>& arns) {
    std::string members;
    for (const auto& arn : arns)
      members +=
          fmt::format("<member><TargetGroupArn>{}</TargetGroupArn><TargetType>ip</TargetType></member>", arn);
    return fmt::format(
        "<DescribeTargetGroupsResponse><DescribeTargetGroupsResult><TargetGroups>{}</TargetGroups>"
        "</DescribeTargetGroupsResult></DescribeTargetGroupsResponse>",
        members);
  }

  // As ELB does: one group that is gone fails the whole call.
  void answer_about_groups_but(const std::string& gone) {
    aws.http.answer_by([=](const HttpRequest& request) {
      if (request.body.find(gone) != std::string::npos)
        return HttpResponse{400, {}, error_xml("TargetGroupNotFound")};
      if (request.body.find("Attributes") != std::string::npos)
        return HttpResponse{200, {}, fixture("elb-describe-target-group-attributes.xml")};
      std::vector<std::string> arns;
      for (std::size_t at = 0; (at = request.body.find("group%2F", at)) != std::string::npos; ++at)
        arns.push_back(request.body.substr(at, request.body.find('&', at) - at));
      return HttpResponse{200, {}, groups_xml(arns)};
    });
  }

  FakeAws aws;
  ElbApi elb{aws.client, AwsRetryPolicy::none()};
  const TargetRef first{kBlue, "i-0123456789abcdef0", 32768};
  const TargetRef second{kBlue, "i-0123456789abcdef0", 32769};
  const std::vector<TargetRef> both{first, second};
};

TEST_F(ElbApiTest, describes_type_and_delay_of_groups) {
  aws.http.answer(200, fixture("elb-describe-target-groups.xml"));
  aws.http.answer(200, fixture("elb-describe-target-group-attributes.xml"));
  aws.http.answer(200, fixture("elb-describe-target-group-attributes.xml"));
  const auto groups = elb.describe_groups(std::vector<std::string>{kBlue, kIp}, {});
  ASSERT_TRUE(groups) << groups.error().what;
  EXPECT_EQ(*groups,
            (std::map<std::string, TargetGroupFacts>{{kBlue, {"instance", 45s}}, {kIp, {"ip", 45s}}}));
  EXPECT_THAT(aws.http.requests()[0].body,
              HasSubstr("Action=DescribeTargetGroups&Version=2015-12-01&TargetGroupArns.member.1=arn%3Aaws"));
  EXPECT_THAT(aws.http.requests()[0].body, HasSubstr("&TargetGroupArns.member.2="));
}

TEST_F(ElbApiTest, a_group_that_is_gone_does_not_hide_the_others) {
  answer_about_groups_but("group%2F13");
  std::vector<std::string> arns;
  for (int i = 0; i < 45; ++i) arns.push_back(fmt::format("group/{}", 10 + i));
  const auto groups = elb.describe_groups(arns, {});
  ASSERT_TRUE(groups) << groups.error().what;
  EXPECT_EQ(groups->size(), 44U);
  EXPECT_FALSE(groups->contains("group%2F13"));
  for (const auto& request : aws.http.requests())
    EXPECT_THAT(request.body, Not(HasSubstr("member.21="))) << "at most 20 at a time";
}

TEST_F(ElbApiTest, a_group_without_its_delay_is_malformed) {
  aws.http.answer(200, fixture("elb-describe-target-groups.xml"));
  aws.http.answer(200, "<DescribeTargetGroupAttributesResponse/>");
  EXPECT_EQ(elb.describe_groups(std::vector<std::string>{kBlue}, {}).error().code, Errc::malformed);
}

TEST_F(ElbApiTest, tells_the_health_of_just_these_targets) {
  aws.http.answer(200, fixture("elb-describe-target-health.xml"));
  const std::vector<TargetRef> asked{second, first};
  const auto health = elb.target_health(kBlue, asked, {});
  ASSERT_TRUE(health) << health.error().what;
  ASSERT_EQ(health->size(), 2U);
  EXPECT_EQ((*health)[0].port, 32769);
  EXPECT_EQ((*health)[0].state, "healthy");
  EXPECT_EQ((*health)[1].state, "draining");
  EXPECT_EQ((*health)[1].reason, "Target.DeregistrationInProgress");
  EXPECT_FALSE((*health)[1].out());
  EXPECT_THAT(aws.http.last().body,
              HasSubstr("Targets.member.1.Id=i-0123456789abcdef0&Targets.member.1.Port=32769"));
}

TEST_F(ElbApiTest, targets_of_a_group_that_is_gone_are_out) {
  aws.http.answer(400, error_xml("TargetGroupNotFound"));
  const auto health = elb.target_health(kGone, both, {});
  ASSERT_TRUE(health);
  ASSERT_EQ(health->size(), 2U);
  EXPECT_TRUE((*health)[0].out());
  EXPECT_TRUE((*health)[1].out());
}

TEST_F(ElbApiTest, when_one_target_is_gone_the_groups_list_tells_about_the_others) {
  aws.http.answer(400, error_xml("InvalidTarget"));
  aws.http.answer(200, health_xml({{"i-0123456789abcdef0:32769", "healthy"}}));
  const auto health = elb.target_health(kBlue, both, {});
  ASSERT_TRUE(health) << health.error().what;
  EXPECT_TRUE((*health)[0].out());
  EXPECT_EQ((*health)[1].state, "healthy");
  EXPECT_THAT(aws.http.last().body, Not(HasSubstr("Targets.member")));
}

TEST_F(ElbApiTest, an_answer_that_leaves_a_target_or_its_state_out_never_passes_for_unused) {
  for (const auto& body :
       {health_xml({}), health_xml({{"i-0123456789abcdef0:32768", "healthy"}}),
        health_xml({{"i-0123456789abcdef0:32768", ""}, {"i-0123456789abcdef0:32769", "unused"}}),
        std::string{"<DescribeTargetHealthResponse/>"}}) {
    aws.http.answer(200, body);
    EXPECT_EQ(elb.target_health(kBlue, both, {}).error().code, Errc::malformed) << body;
  }
}

TEST_F(ElbApiTest, other_errors_of_health_are_handed_up) {
  aws.http.answer(400, error_xml("Throttling"));
  EXPECT_EQ(elb.target_health(kBlue, both, {}).error().code, Errc::throttled);
  aws.http.answer(400, error_xml("ValidationError"));
  EXPECT_EQ(elb.target_health(kBlue, both, {}).error().code, Errc::invalid);
}

TEST_F(ElbApiTest, deregisters_all_targets_in_one_call) {
  aws.http.answer(200, "<DeregisterTargetsResponse><DeregisterTargetsResult/></DeregisterTargetsResponse>");
  ASSERT_TRUE(elb.deregister_targets(kBlue, both, {}));
  ASSERT_EQ(aws.http.requests().size(), 1U);
  EXPECT_THAT(aws.http.last().body, HasSubstr("Action=DeregisterTargets"));
  EXPECT_THAT(aws.http.last().body, HasSubstr("Targets.member.2.Port=32769"));
}

TEST_F(ElbApiTest, a_target_that_is_gone_does_not_keep_the_others_in) {
  aws.http.answer(400, error_xml("InvalidTarget"));
  aws.http.answer(400, error_xml("InvalidTarget"));
  aws.http.answer(200, "<DeregisterTargetsResponse/>");
  ASSERT_TRUE(elb.deregister_targets(kBlue, both, {}));
  ASSERT_EQ(aws.http.requests().size(), 3U);
  EXPECT_THAT(aws.http.last().body, HasSubstr("Targets.member.1.Port=32769"));
}

TEST_F(ElbApiTest, a_group_that_is_gone_has_nothing_to_deregister) {
  aws.http.answer(400, error_xml("TargetGroupNotFound"));
  EXPECT_TRUE(elb.deregister_targets(kGone, both, {}));
}

TEST_F(ElbApiTest, a_refusal_to_deregister_is_an_error) {
  aws.http.answer(403, error_xml("AccessDenied"));
  EXPECT_EQ(elb.deregister_targets(kBlue, both, {}).error().code, Errc::denied);
}

TEST_F(ElbApiTest, no_targets_no_calls) {
  EXPECT_TRUE(elb.deregister_targets(kBlue, {}, {}));
  EXPECT_TRUE(elb.target_health(kBlue, {}, {}));
  EXPECT_TRUE(elb.describe_groups({}, {}));
  EXPECT_THAT(aws.http.requests(), IsEmpty());
}

}  // namespace
}  // namespace hakoban
