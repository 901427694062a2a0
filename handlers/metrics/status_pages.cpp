#include "handlers/metrics/status_pages.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace hakoban {
namespace {

std::string escape_html(std::string_view text) {
  std::string safe;
  for (const char c : text) {
    if (c == '&')
      safe += "&amp;";
    else if (c == '<')
      safe += "&lt;";
    else if (c == '>')
      safe += "&gt;";
    else if (c == '"')
      safe += "&quot;";
    else
      safe += c;
  }
  return safe;
}

}  // namespace

bool Health::healthy() const {
  return std::all_of(components.begin(), components.end(), [](const auto& part) { return part.healthy; });
}

HttpHandler landing_page(const std::string& program, const std::string& version,
                         const std::vector<PageLink>& links) {
  auto page = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{0}</title></head>\n"
      "<body><h1>{0}</h1>\n<p>version {1}</p>\n<ul>\n",
      escape_html(program), escape_html(version));
  for (const auto& link : links)
    page += fmt::format("<li><a href=\"{}\">{}</a></li>\n", escape_html(link.path), escape_html(link.title));
  page += "</ul></body></html>\n";
  return [page = std::move(page)](const HttpQuery&) {
    return HttpReply{.content_type = "text/html; charset=utf-8", .body = page};
  };
}

HttpHandler health_page(std::function<Health()> ask) {
  return [ask = std::move(ask)](const HttpQuery&) {
    const auto health = ask();
    auto parts = nlohmann::json::array();
    for (const auto& part : health.components)
      parts.push_back({{"name", part.name}, {"healthy", part.healthy}, {"detail", part.detail}});
    const nlohmann::json answer = {{"healthy", health.healthy()}, {"components", std::move(parts)}};
    return HttpReply{.status = health.healthy() ? 200 : 503,
                     .content_type = "application/json",
                     .body = answer.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + '\n'};
  };
}

}  // namespace hakoban
