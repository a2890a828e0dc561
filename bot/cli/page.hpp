// The incidents' pages: who may read them, and what stands on them.
#pragma once

#include "bot/cli/config.hpp"
#include "bot/ports/clock.hpp"
#include "bot/web/incident_page.hpp"
#include "integrations/common/hmac.hpp"

namespace hotfixd::cli {

// Links to pages that only those can make who know the secret in data_dir/page-key: who has the link may read. Deleting
// that file makes every link void.
class PageLinks {
 public:
  // Makes the file when it is not there. A Problem when it can be neither read nor written.
  static Result<PageLinks> open(const Config& config, IdSource& ids);

  // https://bot.example.com/incident?id=HF-3&key=…
  std::string to(const IncidentId& incident) const;
  bool opens(const std::string& incident, const std::string& key) const;

 private:
  PageLinks(std::string address, common::HmacKey key) : address_(std::move(address)), key_(std::move(key)) {}
  std::string address_;
  common::HmacKey key_;
};

// Reads the database beside the engine. `config` and `ids` must outlive it.
std::unique_ptr<web::IncidentPage> make_incident_page(const Config& config, PageLinks links, IdSource& ids);

}  // namespace hotfixd::cli
