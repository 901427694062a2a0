// Names and values of a query string or of a form, not encoded, in the order in which they were given.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace hakoban {

using AwsParams = std::vector<std::pair<std::string, std::string>>;

}  // namespace hakoban
