#include <cstdint>
#include <cstdlib>

#include "bot/domain/zone.hpp"
#include "commands/commands.hpp"

// The text after /hotfix. Understood, or refused with a sentence and a line that is understood.

namespace {

using namespace hotfixd;

Policy make_policy() {
  Policy policy = default_policy();
  policy.people = {{{"U1", "bob"}, "", ""}};
  policy.repositories = {{.name = "shop", .github = "acme/shop"}};
  return policy;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Policy policy = make_policy();
  static const Time now =
      parse_rfc3339("2026-10-25T01:15:00Z").value_or(Time{});  // the night on which Berlin's clocks go back
  const commands::ParseContext context{now, "Europe/Berlin", &policy};
  const auto parsed = commands::parse({reinterpret_cast<const char*>(data), size}, context);
  if (!parsed) {
    constexpr std::string_view kSlash = "/hotfix ";
    const UserError& error = parsed.error();
    if (error.what.empty() || !error.try_instead.starts_with(kSlash) ||
        !commands::parse(error.try_instead.substr(kSlash.size()), context))
      std::abort();
  } else if (const auto* note = std::get_if<command::Note>(&parsed->command)) {
    if (note->text.empty() || note->text.size() > 4000 || (note->at && *note->at > now)) std::abort();
  } else if (const auto* declare = std::get_if<command::Declare>(&parsed->command)) {
    if (declare->summary.empty() || declare->summary.size() > 300 || declare->summary.find('\n') != std::string::npos)
      std::abort();
  } else if (const auto* snooze = std::get_if<command::Snooze>(&parsed->command)) {
    if (snooze->duration < Seconds{60} || snooze->duration > Seconds{365 * 86400}) std::abort();
  } else if (const auto* asked = std::get_if<command::Help>(&parsed->command)) {
    const auto page = commands::help(asked->verb, policy);
    if (page ? page->empty() : page.error().what.empty()) std::abort();
  }
  return 0;
}
