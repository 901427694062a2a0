// A scraper that costs next to nothing beside what it scrapes.
#pragma once

#include <string>

namespace hakoban::bench {

// Fetches http://127.0.0.1:PORT/metrics `count` times, `pause_ms` apart. Prints "P50_MS P99_MS BYTES" of the
// whole answers. `encoding`: for Accept-Encoding; "": none.
int run_scraper(int port, int count, int pause_ms, const std::string& encoding);

}  // namespace hakoban::bench
