// Calls AWS: resolves the endpoint, signs, sends, reads errors in whatever shape they come, retries, counts.
// The adapters (ecs_api.h, elb_api.h, s3_store.h) say what is asked; this says how.
#pragma once

#include <atomic>
#include <map>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json_fwd.hpp>
#include <prometheus/counter.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include "platform/aws/aws_params.h"
#include "platform/aws/call_gate.h"
#include "platform/aws/credentials.h"
#include "platform/aws/endpoints.h"
#include "platform/aws/retry_policy.h"
#include "platform/clock.h"
#include "platform/http/http_client.h"

namespace pugi {
class xml_document;
}

namespace hakoban {

struct AwsCall {
  AwsService service = AwsService::ecs;
  std::string action;  // for metrics and errors
  std::string method = "POST";
  std::string host_prefix;  // put before the endpoint's host: "bucket." for S3's virtual-hosted style
  std::string path = "/";   // not encoded
  AwsParams query;          // not encoded
  HttpHeaders headers;      // all of them are signed
  std::string body;
};

// Thread-safe. One for the whole program: it shares the clock's correction and the counters.
class AwsClient {
 public:
  // `gate`, if given, is asked before each exchange and must outlive the client.
  AwsClient(HttpClient& http, CredentialsProvider& credentials, const Clock& clock,
            prometheus::Registry& registry, AwsConfig config, Random random = system_random(),
            CallGate* gate = nullptr);

  // Any 2xx answer. Errors name service, action, status, AWS's code, request id and the beginning of the
  // answer: throttled, denied, invalid, not_found, exists (412), unavailable (5xx), and those of HttpClient.
  [[nodiscard]] Result<HttpResponse> call(const AwsCall& call, const AwsRetryPolicy& policy,
                                          const std::stop_token& stop);

  // AWS JSON, of the version that the service speaks. `target` is
  // "AmazonEC2ContainerServiceV20141113.DescribeTasks". A JSON object comes back; any other answer is
  // malformed.
  [[nodiscard]] Result<nlohmann::json> call_json(AwsService service, std::string_view target,
                                                 const nlohmann::json& body, const AwsRetryPolicy& policy,
                                                 const std::stop_token& stop);

  // Query protocol. The XML comes back, its root `<action>Response`; any other answer is malformed.
  [[nodiscard]] Result<pugi::xml_document> call_query(AwsService service, std::string_view version,
                                                      std::string_view action, AwsParams params,
                                                      const AwsRetryPolicy& policy,
                                                      const std::stop_token& stop);

  [[nodiscard]] const AwsConfig& config() const { return config_; }

 private:
  [[nodiscard]] Result<HttpResponse> try_once(const AwsCall& call, const AwsEndpoint& endpoint,
                                              const AwsRetryPolicy& policy, const std::stop_token& stop);
  [[nodiscard]] Result<HttpResponse> exchange(const AwsCall& call, const AwsEndpoint& endpoint,
                                              const Credentials& credentials, const AwsRetryPolicy& policy,
                                              const std::stop_token& stop);
  [[nodiscard]] Error count_unreadable(AwsService service, const std::string& action,
                                       const HttpResponse& answer, std::string_view expected);
  [[nodiscard]] bool correct_clock(const AwsCall& call, const HttpResponse& answer);

  HttpClient& http_;
  CredentialsProvider& credentials_;
  const Clock& clock_;
  const AwsConfig config_;
  const Random random_;
  CallGate* const gate_;
  std::atomic<Duration::rep> clock_correction_{0};  // what to add to our wall clock to get AWS's, ns
  prometheus::Family<prometheus::Counter>& requests_;
  prometheus::Family<prometheus::Counter>& retries_;
  prometheus::Family<prometheus::Counter>& throttles_;
  prometheus::Family<prometheus::Counter>& unreadable_;
  prometheus::Family<prometheus::Histogram>& seconds_;
};

}  // namespace hakoban
