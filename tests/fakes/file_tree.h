// A folder of small files for the time of a test: from a .tree file (see tests/fixtures/cgroups/record.py),
// or file by file.
#pragma once

#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unistd.h>

namespace hakoban::testing_tools {

class FileTree {
 public:
  FileTree() {
    std::string name = (std::filesystem::temp_directory_path() / "hakoban-tree-XXXXXX").string();
    if (!::mkdtemp(name.data())) throw std::runtime_error("no temporary folder");
    root_ = name;
  }

  // `fixture`: below tests/fixtures, "cgroups/v1.tree".
  explicit FileTree(const std::string& fixture) : FileTree() {
    std::ifstream file{std::string{HAKOBAN_TESTS "/fixtures/"} + fixture};
    if (!file) throw std::runtime_error("no fixture " + fixture);
    std::string line;
    std::string path;
    std::ostringstream content;
    const auto finish = [&] {
      if (!path.empty()) write(path, content.str());
      content.str({});
    };
    while (std::getline(file, line)) {
      if (line.starts_with("=== ")) {
        finish();
        path = line.substr(4);
      } else {
        content << line << '\n';
      }
    }
    finish();
  }

  ~FileTree() {
    std::error_code ignored;  // a folder left behind in /tmp harms nobody
    std::filesystem::remove_all(root_, ignored);
  }
  FileTree(const FileTree&) = delete;
  FileTree& operator=(const FileTree&) = delete;

  void write(const std::string& path, std::string_view content) const {
    std::filesystem::create_directories((root_ / path).parent_path());
    std::ofstream{root_ / path} << content;
  }

  void remove(const std::string& path) const { std::filesystem::remove_all(root_ / path); }

  [[nodiscard]] const std::filesystem::path& root() const { return root_; }

 private:
  std::filesystem::path root_;
};

}  // namespace hakoban::testing_tools
