#include "core/metrics/exposition.h"

#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstring>

namespace hakoban {
namespace {

constexpr std::uint64_t kNsPerSecond = 1'000'000'000;
constexpr std::size_t kFractionDigits = 9;
constexpr std::size_t kLongestValue = 32;  // the shortest form of any double has 24 characters

char* put(char* at, std::string_view text) {
  if (!text.empty()) std::memcpy(at, text.data(), text.size());
  return at + text.size();
}

template <class Number>
char* put_number(char* at, Number value) {
  return std::to_chars(at, at + kLongestValue, value).ptr;
}

char* put_fraction(char* at, std::uint64_t nanoseconds) {
  if (nanoseconds == 0) return at;
  *at++ = '.';
  std::size_t length = 0;
  for (std::size_t i = kFractionDigits; i-- > 0; nanoseconds /= 10) {
    at[i] = static_cast<char>('0' + nanoseconds % 10);
    if (length == 0 && at[i] != '0') length = i + 1;
  }
  return at + length;
}

}  // namespace

void FamilyWriter::write_header() {
  constexpr std::string_view kHelp = "# HELP ";
  constexpr std::string_view kType = "# TYPE ";
  const std::string_view type = type_ == MetricType::counter ? " counter\n" : " gauge\n";
  const auto name_size = prefix_.size() + name_.size();
  char* at = page_.room(kHelp.size() + kType.size() + 2 * name_size + help_.size() + type.size() + 2);
  at = put(put(put(at, kHelp), prefix_), name_);
  *at++ = ' ';
  at = put(at, help_);
  *at++ = '\n';
  page_.wrote(put(put(put(put(at, kType), prefix_), name_), type));
  begun_ = true;
}

char* FamilyWriter::begin(std::string_view labels, std::string_view more) {
  constexpr std::size_t kMarks = 5;  // braces, comma, blank, line end
  if (!begun_) write_header();
  const auto names = prefix_.size() + name_.size();
  char* at = page_.room(names + labels.size() + more.size() + kMarks + kLongestValue);
  at = put(put(at, prefix_), name_);
  if (!labels.empty() || !more.empty()) {
    *at++ = '{';
    at = put(at, labels);
    if (!labels.empty() && !more.empty()) *at++ = ',';
    at = put(at, more);
    *at++ = '}';
  }
  *at++ = ' ';
  return at;
}

void FamilyWriter::end(char* at) {
  *at++ = '\n';
  page_.wrote(at);
}

void FamilyWriter::sample(std::string_view labels, std::string_view more, std::uint64_t value) {
  end(put_number(begin(labels, more), value));
}

void FamilyWriter::sample(std::string_view labels, std::string_view more, double value) {
  char* const at = begin(labels, more);
  if (std::isnan(value)) return end(put(at, "NaN"));
  if (std::isinf(value)) return end(put(at, value > 0 ? "+Inf" : "-Inf"));
  end(put_number(at, value));
}

void FamilyWriter::seconds(std::string_view labels, std::string_view more, std::uint64_t nanoseconds) {
  char* const at = begin(labels, more);
  end(put_fraction(put_number(at, nanoseconds / kNsPerSecond), nanoseconds % kNsPerSecond));
}

}  // namespace hakoban
