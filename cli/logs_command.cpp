#include "cli/logs_command.h"

#include <memory>
#include <ostream>

#include <fmt/ostream.h>
#include <nlohmann/json.hpp>
#include <prometheus/registry.h>

#include "cli/arguments.h"
#include "cli/log_reading.h"
#include "platform/aws/cached_credentials.h"
#include "platform/aws/credential_sources.h"
#include "platform/aws/object_destination.h"
#include "platform/aws/s3_reader.h"
#include "platform/file_reader.h"
#include "platform/imds/imds_client.h"
#include "platform/json_fields.h"

namespace hakoban {
namespace {

// AWS as this operator may use it: the usual credentials and the environment's region.
class OperatorsAws {
 public:
  explicit OperatorsAws(const CliContext& context)
      : imds_(context.http, context.clock, registry_, imds_config(context.environment)),
        credentials_(usual_credentials(context.http, imds_, context.environment), context.clock, registry_),
        client_(context.http, credentials_, context.clock, registry_, aws_config(context.environment)) {}

  [[nodiscard]] AwsClient& client() { return client_; }

 private:
  prometheus::Registry registry_;
  ImdsClient imds_;
  CachedCredentials credentials_;
  AwsClient client_;
};

struct LogsOptions {
  std::string task_id;
  std::string destination;
  std::string container;  // "": all
  bool json = false;
  bool times = false;
};

Result<LogsOptions> read_options(const CliContext& context, const CliArguments& arguments) {
  LogsOptions options;
  CliArguments rest = arguments;
  if (!rest.empty() && !rest.front().starts_with("-")) {
    options.task_id = rest.front();
    rest.erase(rest.begin());
  }
  const auto flags = read_flags(rest, {"from", "container"}, {"json", "times"});
  if (!flags) return flags.error();
  if (options.task_id.empty()) return Error{Errc::invalid, "which task? hakoban logs TASK_ID"};
  // The last part of an ARN is the id.
  options.task_id = options.task_id.substr(options.task_id.rfind('/') + 1);
  options.destination = flags->value("from");
  if (options.destination.empty())
    options.destination = context.environment("HAKOBAN_LOGS_DESTINATION").value_or("");
  if (options.destination.empty())
    return Error{Errc::invalid, "from where? --from s3://BUCKET/PREFIX, or HAKOBAN_LOGS_DESTINATION"};
  options.container = flags->value("container");
  options.json = flags->switches.contains("json");
  options.times = flags->switches.contains("times");
  return options;
}

void print_record(std::ostream& out, const LogsOptions& options, bool several, const std::string& container,
                  std::string_view record) {
  if (options.json) {
    fmt::print(out, "{}\n", record);
    return;
  }
  const auto parsed = nlohmann::json::parse(record, nullptr, false);
  auto text = text_of(parsed, "log");
  if (text.empty() && !parsed.is_object()) text = record;
  if (text.ends_with('\n')) text.pop_back();
  if (options.times) fmt::print(out, "{} ", text_of(parsed, "time"));
  if (several) fmt::print(out, "{} | ", container);
  fmt::print(out, "{}\n", text);
}

Result<void> print_logs(const CliContext& context, const LogsOptions& options, ObjectReader& reader) {
  const auto body = reader.get("_tasks/" + options.task_id + "/task.json", {});
  if (!body && body.error().code == Errc::not_found)
    return Error{Errc::not_found,
                 fmt::format("nothing is known of task {} at {}", options.task_id, options.destination)};
  if (!body) return body.error();
  auto task = read_task_index(*body);
  if (!task) return task.error();
  if (!options.container.empty()) {
    std::erase_if(task->logs, [&](const TaskLog& log) { return log.container != options.container; });
    if (task->logs.empty())
      return Error{Errc::not_found, fmt::format("the task has no container '{}'", options.container)};
  }
  const bool several = task->logs.size() > 1;
  auto done = read_task_logs(reader, *task,
                             [&](const std::string& container, std::string_view record) {
                               print_record(context.out, options, several, container, record);
                             },
                             {});
  context.out.flush();
  if (done && !task->complete)
    fmt::print(context.err, "hakoban: the task is {}; not all of its logs are stored yet\n", task->status);
  return done;
}

}  // namespace

int run_logs(const CliContext& context, const CliArguments& arguments) {
  const auto options = read_options(context, arguments);
  if (!options) {
    fmt::print(context.err, "hakoban logs: {}\n", options.error().what);
    return kUsage;
  }
  const auto place = parse_object_destination(options->destination);
  if (!place) {
    fmt::print(context.err, "hakoban logs: {}\n", place.error().what);
    return kUsage;
  }
  OperatorsAws aws{context};
  std::unique_ptr<ObjectReader> reader;
  if (place->folder.empty()) {
    reader = std::make_unique<S3Reader>(aws.client(), S3ReaderConfig{place->bucket, place->prefix});
  } else {
    reader = std::make_unique<FileReader>(place->folder);
  }
  const auto printed = print_logs(context, *options, *reader);
  if (printed) return kDone;
  fmt::print(context.err, "hakoban logs: {}\n", printed.error().what);
  return kFailed;
}

}  // namespace hakoban
