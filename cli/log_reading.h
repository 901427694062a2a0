// Finds and reads the log objects of one task, by its id alone.
#pragma once

#include <functional>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "platform/object_reader.h"

namespace hakoban {

// One container of a task, from the task's index object.
struct TaskLog {
  std::string container;     // its name
  std::string container_id;  // the objects' names begin with 12 digits of it
  std::string folder;        // "service/container"
  std::set<std::string> dates;
};

struct TaskLogs {
  std::string task_id;
  std::string status;  // "running", "stopped"
  bool complete = false;
  std::vector<TaskLog> logs;
};

// The body of `_tasks/{task id}/task.json`. Errors: malformed.
[[nodiscard]] Result<TaskLogs> read_task_index(std::string_view json);

// The objects of one log among `keys`, in the order in which they were written.
[[nodiscard]] std::vector<std::string> objects_in_order(const TaskLog& log, std::vector<std::string> keys);

// Gets a record, a line of JSON, and the name of its container.
using RecordHandler = std::function<void(const std::string& container, std::string_view record)>;

// Hands on the records of all logs in the order of their times; those of one container in the order of their
// writing. Errors: of the reader, and malformed (an object that cannot be decompressed).
[[nodiscard]] Result<void> read_task_logs(ObjectReader& reader, const TaskLogs& task,
                                          const RecordHandler& handle, const std::stop_token& stop);

}  // namespace hakoban
