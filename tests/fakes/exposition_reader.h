// Reads a metrics page as Prometheus does, to ask it questions and to find what Prometheus would refuse.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace hakoban::testing_tools {

class ExpositionReader {
 public:
  explicit ExpositionReader(std::string_view page) {
    std::istringstream lines{std::string{page}};
    for (std::string line; std::getline(lines, line);) read_line(line);
    if (!page.empty() && page.back() != '\n') problems_.push_back("the last line does not end");
  }

  // Duplicate series, families in two pieces, samples without TYPE: each in words. Empty: a good page.
  [[nodiscard]] const std::vector<std::string>& problems() const { return problems_; }

  // The value of the one sample of that family whose labels contain all of `parts` (name="value").
  [[nodiscard]] std::optional<std::string> value(const std::string& family,
                                                 const std::vector<std::string>& parts = {}) const {
    std::optional<std::string> found;
    for (const auto& [series, value] : series_) {
      if (series.substr(0, series.find('{')) != family) continue;
      bool all = true;
      for (const auto& part : parts) all = all && series.find(part) != std::string::npos;
      if (!all) continue;
      if (found) return "more than one";
      found = value;
    }
    return found;
  }

  [[nodiscard]] std::size_t count(const std::string& family) const {
    std::size_t number = 0;
    for (const auto& [series, value] : series_)
      number += series.substr(0, series.find('{')) == family ? 1 : 0;
    return number;
  }

 private:
  void read_line(const std::string& line) {
    if (line.starts_with("# TYPE ")) {
      current_ = line.substr(7, line.find(' ', 7) - 7);
      if (!families_.insert(current_).second) problems_.push_back("family twice: " + current_);
      return;
    }
    if (line.starts_with('#')) return;
    const auto end = line.rfind(' ');
    if (end == std::string::npos) return problems_.push_back("no sample: " + line);
    const auto series = line.substr(0, end);
    const auto name = series.substr(0, series.find('{'));
    const bool part_of_histogram = name.starts_with(current_ + "_");
    if (name != current_ && !part_of_histogram) problems_.push_back("outside its family: " + series);
    if (!series_.emplace(series, line.substr(end + 1)).second) problems_.push_back("series twice: " + series);
  }

  std::string current_;
  std::set<std::string> families_;
  std::map<std::string, std::string> series_;
  std::vector<std::string> problems_;
};

}  // namespace hakoban::testing_tools
