// RecordDecoder for Docker's `local` format (core/logs/local_entry.h).
#pragma once

#include "core/logs/record_decoder.h"

namespace hakoban {

class LocalDecoder final : public RecordDecoder {
 public:
  [[nodiscard]] DecodedRecord next(std::string_view bytes, std::string& scratch) const override;
};

}  // namespace hakoban
