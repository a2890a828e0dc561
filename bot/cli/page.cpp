#include "bot/cli/page.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <fstream>

#include "bot/cli/compose.hpp"
#include "bot/engine/export.hpp"

namespace hotfixd::cli {
namespace {

constexpr std::size_t kKeyBytes = 32;

Result<std::string> secret_in(const std::filesystem::path& path, IdSource& ids) {
  std::string secret;
  if (std::ifstream in(path); in >> secret && secret.size() == 2 * kKeyBytes) return secret;
  const auto refused = [&](std::string_view what) {
    return std::unexpected(Problem{Problem::Kind::refused,
                                   fmt::format("{} {}", what, path.string()),
                                   "give this user the right to read and write there; a damaged file may be deleted, "
                                   "then new links are made",
                                   {}});
  };
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) return refused(errno == EEXIST ? "cannot read a key from" : "cannot write");
  secret = ids.random_hex(kKeyBytes);
  const bool written = ::write(file, secret.data(), secret.size()) == static_cast<ssize_t>(secret.size());
  const bool kept = ::fsync(file) == 0 && ::close(file) == 0;
  if (written && kept) return secret;
  ::unlink(path.c_str());
  return refused("cannot write");
}

Result<std::string> markdown_of(const Config& config, IdSource& ids, const IncidentId& incident) {
  auto store = open_for_reading(config, ids);
  if (!store) return std::unexpected(store.error());
  auto events = (*store)->load(incident);
  if (!events) return std::unexpected(events.error());
  if (events->empty())
    return std::unexpected(Problem{Problem::Kind::not_found, "there is no incident " + incident, {}, {}});
  return export_markdown(fold(*events), config.policy);
}

}  // namespace

Result<PageLinks> PageLinks::open(const Config& config, IdSource& ids) {
  auto secret = secret_in(config.data_dir / "page-key", ids);
  if (!secret) return std::unexpected(secret.error());
  return PageLinks(config.listen.public_url, common::HmacKey(*secret));
}

std::string PageLinks::to(const IncidentId& incident) const {
  return fmt::format("{}/incident?id={}&key={}", address_, incident, key_.sign({incident}));
}

bool PageLinks::opens(const std::string& incident, const std::string& key) const {
  return !incident.empty() && key_.verifies({incident}, key);
}

std::unique_ptr<web::IncidentPage> make_incident_page(const Config& config, PageLinks links, IdSource& ids) {
  return web::create_incident_page(
      {.opens = [links = std::move(links)](const std::string& incident,
                                           const std::string& key) { return links.opens(incident, key); },
       .markdown = [&config, &ids](const IncidentId& incident) { return markdown_of(config, ids, incident); },
       .report = [](const Problem& p) { spdlog::error("an incident's page: {}. {}", p.what, p.mend); }});
}

}  // namespace hotfixd::cli
