// The fuzzer's bytes as an answer to a call: the first byte says which call, the second its status, the rest
// is the body.
#pragma once

#include <array>
#include <string>

#include "platform/http/http_client.h"

namespace hakoban {

struct ScriptedAnswer {
  unsigned which = 0;
  HttpResponse response;

  static ScriptedAnswer from(const unsigned char* data, std::size_t size) {
    constexpr std::array kStatuses = {200, 200, 400, 403, 404, 500, 503, 302};
    ScriptedAnswer made;
    if (size > 0) made.which = data[0];
    made.response.status = kStatuses.at(size > 1 ? data[1] % kStatuses.size() : 0);
    made.response.headers = {{"Content-Type", "application/x-amz-json-1.1"}};
    if (size > 2) made.response.body.assign(reinterpret_cast<const char*>(data) + 2, size - 2);
    return made;
  }

  [[nodiscard]] bool ok() const { return response.status / 100 == 2; }
};

}  // namespace hakoban
