#include "bot/domain/scope.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace hotfixd {
namespace {

constexpr std::size_t kMostNamed = 5;

std::string_view words_for(Finding kind, bool one) {
  switch (kind) {
    case Finding::dependency:
      return one ? "is a dependency change" : "are dependency changes";
    case Finding::config:
      return one ? "is configuration" : "are configuration";
    case Finding::formatting_only:
      return one ? "is formatting only" : "are formatting only";
    case Finding::rename_only:
      return one ? "is only renamed" : "are only renamed";
    case Finding::unrelated:
      return one ? "is outside of the service" : "are outside of the service";
  }
  return {};
}

std::string listed(const std::vector<std::string>& names) {
  if (names.size() == 1) return names.front();
  const std::vector<std::string> first(names.begin(), names.end() - 1);
  return fmt::format("{} and {}", fmt::join(first, ", "), names.back());
}

}  // namespace

std::vector<std::string> related_paths(const Incident& incident, const Hotfix& h, const Policy& policy) {
  const auto* repository = policy.repository(h.repository);
  const auto* service = policy.service(incident.service);
  if (service != nullptr && !service->paths.empty()) {
    const bool first = !policy.repositories.empty() && policy.repositories.front().name == h.repository;
    if (service->repository.empty() ? first : service->repository == h.repository) return service->paths;
  }
  return repository != nullptr ? repository->paths : std::vector<std::string>{};
}

std::string findings_text(const std::vector<ScopeFinding>& findings) {
  std::vector<std::string> clauses;
  std::size_t named = 0;
  for (const auto kind :
       {Finding::dependency, Finding::config, Finding::unrelated, Finding::formatting_only, Finding::rename_only}) {
    std::vector<std::string> paths;
    for (const auto& f : findings)
      if (f.kind == kind && named < kMostNamed) paths.push_back(f.path), ++named;
    if (!paths.empty()) clauses.push_back(fmt::format("{} {}", listed(paths), words_for(kind, paths.size() == 1)));
  }
  if (findings.size() > named) clauses.push_back(fmt::format("and {} more", findings.size() - named));
  return fmt::format("{}", fmt::join(clauses, "; "));
}

}  // namespace hotfixd
