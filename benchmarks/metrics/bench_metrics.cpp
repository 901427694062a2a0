// The parts of the benchmark that must be cheap or exact; benchmarks/metrics/run puts them together.
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "benchmarks/metrics/farm.h"
#include "benchmarks/metrics/limit.h"
#include "benchmarks/metrics/scraper.h"

int main(int argc, char** argv) {
  const std::vector<std::string> words{argv + 1, argv + argc};
  if (words.size() == 3 && words[0] == "farm")
    return hakoban::bench::run_farm(words[1], std::atoi(words[2].c_str()));
  if (words.size() == 2 && words[0] == "limit") return hakoban::bench::run_limit(std::atoi(words[1].c_str()));
  if (words.size() >= 4 && words[0] == "scrape")
    return hakoban::bench::run_scraper(std::atoi(words[1].c_str()), std::atoi(words[2].c_str()),
                                       std::atoi(words[3].c_str()), words.size() > 4 ? words[4] : "");
  std::cerr << "bench_metrics farm PARENT COUNT | limit ROUNDS | scrape PORT COUNT PAUSE_MS [ENCODING]\n";
  return 2;
}
