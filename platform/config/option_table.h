// A program's settings as one table: the configuration file, the environment, the flags, --help and the
// reference page are all read from it, so that none can disagree with another.
//
// The key "logs.max_age" is {"logs": {"max_age": "60s"}} in the file, HAKOBAN_LOGS_MAX_AGE in the environment
// and
// --logs.max-age=60s as a flag. A flag beats the environment, which beats the file, which beats the default.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.h"
#include "core/time.h"

namespace hakoban {

// What a program was started with. The environment comes in whole, so that unknown names can be found.
struct ConfigSources {
  std::string file_text;  // JSON, comments allowed; empty: no file
  std::string file_name;  // for messages
  std::map<std::string, std::string> environment;
  std::vector<std::pair<std::string, std::string>> flags;  // name without "--", value
};

struct OptionDoc {
  std::string key;
  std::string flag;         // "--logs.max-age"
  std::string environment;  // "HAKOBAN_LOGS_MAX_AGE"
  std::string initial;      // the default as it would be written
  std::string help;
};

// Holds references to the targets bound: they must outlive it. One thread.
class OptionTable {
 public:
  // Takes a value written as text; the error's `what` says what is wrong with it, without naming the key.
  using Parse = std::function<Result<void>(std::string_view)>;

  void text(std::string key, std::string& target, std::string help);
  void flag(const std::string& key, bool& target, std::string help);
  void number(std::string key, std::int64_t& target, std::int64_t least, std::int64_t most, std::string help);
  void number(std::string key, int& target, int least, int most, std::string help);
  void real(std::string key, double& target, double least, double most, std::string help);
  void duration(std::string key, Duration& target, Duration least, Duration most, std::string help);
  void bytes(std::string key, std::uint64_t& target, std::uint64_t least, std::uint64_t most,
             std::string help);
  void choice(std::string key, std::string& target, std::vector<std::string> allowed, std::string help);
  // "a,b,c", in the file also ["a", "b", "c"], as a flag also given several times. `check_each`: what an item
  // must be.
  void list(const std::string& key, std::vector<std::string>& target, std::string help,
            Parse check_each = {});
  void custom(std::string key, std::string initial, Parse parse, std::string help);

  // Asked after all values are set, when no value was wrong: what does not fit together, by place.
  void check(std::function<std::vector<std::string>()> problems_of_the_whole);

  // Sets every bound target that some source gives. Returns all problems, each beginning with the place it
  // was found at ("agent.json: logs.bukket: unknown key"); empty when all is well.
  [[nodiscard]] std::vector<std::string> load(const ConfigSources& sources);

  [[nodiscard]] const std::vector<OptionDoc>& docs() const { return docs_; }

  // Whether `flag` (without "--") is a switch that needs no value.
  [[nodiscard]] bool is_switch(std::string_view flag) const;

 private:
  struct Binding {
    Parse parse;
    bool is_switch = false;
    bool is_list = false;
  };

  void apply(std::string_view place, const std::string& key, std::string_view value,
             std::vector<std::string>& problems);
  [[nodiscard]] const OptionDoc* find(std::string_view name, std::string OptionDoc::*form) const;
  [[nodiscard]] std::string nearest(std::string_view name, std::string OptionDoc::*form) const;

  std::map<std::string, Binding> bindings_;  // by key
  std::vector<OptionDoc> docs_;              // in the order of binding
  std::vector<std::function<std::vector<std::string>()>> checks_;
};

// "8MiB", "64KiB", "1GiB", "500MB", "4096". Errors: invalid.
[[nodiscard]] Result<std::uint64_t> parse_bytes(std::string_view text);
[[nodiscard]] std::string format_bytes(std::uint64_t bytes);

}  // namespace hakoban
