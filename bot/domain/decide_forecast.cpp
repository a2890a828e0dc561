#include <fmt/format.h>

#include <algorithm>

#include "bot/domain/deciding.hpp"
#include "bot/domain/forecast_message.hpp"

// Conflicts to come, said before they are there.

namespace hotfixd {

void record_forecast(Deciding& d, const result::Observed& r) {
  const auto* h = d.i.hotfix(r.repository);
  if (!r.facts.forecast || h == nullptr || !h->taggable() || d.i.ended()) return;
  auto now = *r.facts.forecast;
  if (!now.unread.empty() && h->forecast)  // what was known of them stands
    for (const auto& pr : h->forecast->pull_requests)
      if (std::ranges::any_of(now.lines, [&](const auto& line) {
            return line.target == pr.base && (line.outlook == Outlook::clean || line.outlook == Outlook::conflicts);
          }))
        now.pull_requests.push_back(pr);
  if (h->forecast && says_the_same(*h->forecast, now)) return;
  if (h->forecast)  // what was erased stays so
    for (auto& pr : now.pull_requests)
      for (const auto& known : h->forecast->pull_requests)
        if (known.number == pr.number && known.title.value == kRedacted) pr.title = known.title;
  const bool told = h->forecast_told;
  const auto before = h->forecast ? forecast_message(d.i, *h) : Message{};
  d.emit(event::ForecastMade{r.repository, std::move(now)}, {.at = d.c.now, .by = Person{}, .source = Source::git});
  h = d.i.hotfix(r.repository);
  if (!h->forecast_told) return;
  auto message = forecast_message(d.i, *h);
  if (!told || !(message == before)) d.show(fmt::format("{}/forecast/{}", d.i.id, r.repository), std::move(message));
}

}  // namespace hotfixd
