#include "core/logs/local_decoder.h"

#include "core/logs/local_entry.h"

namespace hakoban {

DecodedRecord LocalDecoder::next(std::string_view bytes, std::string& scratch) const {
  using Kind = DecodedRecord::Kind;
  const auto frame = first_local_frame(bytes);
  if (frame.kind == LocalFrame::Kind::incomplete) return {};
  if (frame.kind == LocalFrame::Kind::damaged) {
    // Nothing that is whole follows yet: what comes next will tell where the damage ends.
    const auto next = next_local_frame(bytes);
    return next < bytes.size() ? DecodedRecord{Kind::torn, next, {}} : DecodedRecord{};
  }
  const auto record = read_local_entry(frame.message);
  if (!record) return {Kind::torn, frame.size, {}};
  scratch.clear();
  append_record(scratch, *record);
  return {Kind::record, frame.size, std::string_view{scratch}.substr(0, scratch.size() - 1)};
}

}  // namespace hakoban
