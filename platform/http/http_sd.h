// A list of scrape targets in the form of Prometheus's HTTP service discovery.
// https://prometheus.io/docs/prometheus/latest/http_sd/
#pragma once

#include <map>
#include <string>
#include <vector>

#include "platform/http/http_server.h"

namespace hakoban {

// Targets that share their labels. Prometheus drops labels that begin with "__" after relabelling;
// "__scheme__" and "__metrics_path__" say how to scrape, "__meta_…" is for relabel rules.
struct ScrapeTargets {
  std::vector<std::string> targets;  // "10.0.0.5:9420"
  std::map<std::string, std::string> labels;

  bool operator==(const ScrapeTargets&) const = default;
};

// Labels without a value are left out. An empty list is an answer, too: there is nothing to scrape.
[[nodiscard]] HttpReply http_sd_reply(const std::vector<ScrapeTargets>& groups);

// "10.0.0.5" and 9420: "10.0.0.5:9420"; an IPv6 address gets its brackets.
[[nodiscard]] std::string scrape_address(const std::string& host, std::uint16_t port);

}  // namespace hakoban
