// The page of one incident, to be read by whoever has the link: its record as `hotfixd export` writes it.
#pragma once

#include <functional>
#include <memory>

#include "bot/net/http_server.hpp"

namespace hotfixd::web {

struct IncidentPageParts {
  // Does this key open the page of this incident? Compared in constant time. Any text may be given.
  std::function<bool(const std::string& incident, const std::string& key)> opens;
  // The incident as Markdown; not_found when there is none. Called on a thread of the page's own.
  std::function<Result<std::string>(const IncidentId&)> markdown;
  std::function<void(const Problem&)> report;
};

// GET /incident?id=HF-3&key=…. Who has no key learns nothing, not even whether there is such an incident. Nothing on
// the page runs or is loaded from elsewhere, and nobody is told where its reader came from (the address holds the key).
class IncidentPage {
 public:
  virtual ~IncidentPage() = default;  // stops; requests that wait are answered with 503
  virtual net::Route route() = 0;
};
std::unique_ptr<IncidentPage> create_incident_page(IncidentPageParts parts);

// The page around an incident's Markdown. Raw HTML in it is left out, and links are http, https or mailto.
std::string incident_html(const std::string& incident, const std::string& markdown);

}  // namespace hotfixd::web
