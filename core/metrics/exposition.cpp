#include "core/metrics/exposition.h"

#include <charconv>
#include <cmath>
#include <cstddef>

namespace hakoban {
namespace {

constexpr std::uint64_t kNsPerSecond = 1'000'000'000;
constexpr std::size_t kFractionDigits = 9;

template <class Number>
void append(std::string& page, Number value) {
  char digits[32];  // the shortest form of any double has 24 characters
  const auto written = std::to_chars(digits, digits + sizeof digits, value);
  page.append(digits, written.ptr);
}

void append_fraction(std::string& page, std::uint64_t nanoseconds) {
  char digits[kFractionDigits];
  std::size_t length = 0;
  for (std::size_t i = kFractionDigits; i-- > 0; nanoseconds /= 10) {
    digits[i] = static_cast<char>('0' + nanoseconds % 10);
    if (length == 0 && digits[i] != '0') length = i + 1;
  }
  if (length == 0) return;
  page += '.';
  page.append(digits, length);
}

}  // namespace

void FamilyWriter::begin(std::string_view labels, std::string_view more) {
  if (!begun_) {
    page_.append("# HELP ").append(prefix_).append(name_).append(" ").append(help_);
    page_.append("\n# TYPE ").append(prefix_).append(name_);
    page_.append(type_ == MetricType::counter ? " counter\n" : " gauge\n");
    begun_ = true;
  }
  page_.append(prefix_).append(name_);
  if (labels.empty() && more.empty()) {
    page_ += ' ';
    return;
  }
  page_.append("{").append(labels);
  if (!labels.empty() && !more.empty()) page_ += ',';
  page_.append(more).append("} ");
}

void FamilyWriter::sample(std::string_view labels, std::string_view more, std::uint64_t value) {
  begin(labels, more);
  append(page_, value);
  page_ += '\n';
}

void FamilyWriter::sample(std::string_view labels, std::string_view more, double value) {
  begin(labels, more);
  if (std::isnan(value)) {
    page_ += "NaN";
  } else if (std::isinf(value)) {
    page_ += value > 0 ? "+Inf" : "-Inf";
  } else {
    append(page_, value);
  }
  page_ += '\n';
}

void FamilyWriter::seconds(std::string_view labels, std::string_view more, std::uint64_t nanoseconds) {
  begin(labels, more);
  append(page_, nanoseconds / kNsPerSecond);
  append_fraction(page_, nanoseconds % kNsPerSecond);
  page_ += '\n';
}

}  // namespace hakoban
