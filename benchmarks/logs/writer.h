// Writes the logs of many containers as Docker's json-file driver does (moby, daemon/logger/loggerutils and
// jsonfilelog): same bytes, same order of renames, lines of more than 16 KiB in pieces.
#pragma once

#include <string>
#include <vector>

namespace hakoban::bench {

// ROOT CONTAINERS BYTES RATE MAX_SIZE MAX_FILE LONG_EVERY [LINES_FILE]: BYTES in all, at RATE bytes a second
// (0: as fast as it goes), MAX_SIZE 0: no rotation, every LONG_EVERYth line is of 40 KB (0: none). Lines go
// on where LINES_FILE says, and it is written again at the end, also after SIGTERM. Throws on I/O errors.
int write_logs(const std::vector<std::string>& arguments);

}  // namespace hakoban::bench
