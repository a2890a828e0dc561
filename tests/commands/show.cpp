#include "tests/commands/show.hpp"

#include <fmt/format.h>

#include "bot/domain/zone.hpp"

namespace hotfixd::commands::testing {
namespace {

class Shown {
 public:
  explicit Shown(std::string_view name) : out_(name) {}
  Shown& text(std::string_view name, std::string_view value) {
    if (!value.empty()) out_ += fmt::format(" {}=[{}]", name, value);
    return *this;
  }
  Shown& flag(std::string_view name, bool value) {
    if (value) out_ += fmt::format(" {}", name);
    return *this;
  }
  Shown& time(std::string_view name, const std::optional<Time>& at) {
    return at ? text(name, format_rfc3339(*at)) : *this;
  }
  Shown& person(std::string_view name, const Person& p) { return p.empty() ? *this : text(name, p.id + '/' + p.name); }
  operator std::string() const { return out_; }  // NOLINT: reads best where it is used

 private:
  std::string out_;
};

struct Show {
  std::string operator()(const command::Declare& c) const {
    Shown shown("declare");
    if (c.severity) shown.text("severity", to_string(*c.severity));
    shown.text("summary", c.summary).text("repository", c.repository).text("service", c.service);
    for (const auto& criterion : c.criteria) shown.text("criterion", criterion);
    return shown.text("reason", c.reason)
        .flag("drill", c.drill)
        .flag("new_channel", c.new_channel)
        .flag("private", c.private_channel);
  }
  std::string operator()(const command::Assess& c) const {
    return Shown("assess").text("verdict", to_string(c.verdict)).text("why", c.why);
  }
  std::string operator()(const command::SetSeverity& c) const {
    return Shown("sev").text("severity", to_string(c.severity)).text("why", c.why);
  }
  std::string operator()(const command::AssignRole& c) const {
    return Shown("role").text("role", to_string(c.role)).person("person", c.person);
  }
  std::string operator()(const command::Mitigate& c) const {
    return Shown("mitigate").text("kind", to_string(c.kind)).text("what", c.what).text("why", c.why);
  }
  std::string operator()(const command::Branch& c) const {
    return Shown("branch").text("slug", c.slug).text("repository", c.repository).text("from", c.from_tag);
  }
  std::string operator()(const command::PullRequest& c) const {
    return Shown("pr")
        .text("number", std::to_string(c.number))
        .text("url", c.url)
        .text("title", c.title)
        .text("repository", c.repository);
  }
  std::string operator()(const command::Ci& c) const {
    return Shown("ci")
        .text("state", c.state ? to_string(*c.state) : "")
        .text("sha", c.sha)
        .text("url", c.url)
        .text("repository", c.repository);
  }
  std::string operator()(const command::Approve& c) const { return Shown("approve").text("repository", c.repository); }
  std::string operator()(const command::Tag& c) const {
    return Shown("tag").text("version", c.version).text("repository", c.repository);
  }
  std::string operator()(const command::DeployedTag& c) const {
    return Shown("deployed")
        .text("version", c.version)
        .text("environment", c.environment)
        .text("repository", c.repository);
  }
  std::string operator()(const command::Merge& c) const {
    return Shown("merge").text("target", c.target).text("repository", c.repository);
  }
  std::string operator()(const command::Verify& c) const {
    return Shown(c.ok ? "verify ok" : "verify failing").text("what", c.what);
  }
  std::string operator()(const command::Resolve& c) const { return Shown("resolve").text("what", c.what); }
  std::string operator()(const command::MergeBackStatus& c) const {
    return Shown("mergeback status").text("repository", c.repository);
  }
  std::string operator()(const command::MergeBackTest& c) const {
    return Shown("mergeback test").text("target", c.target).text("repository", c.repository);
  }
  std::string operator()(const command::MergeBackOpen& c) const {
    return Shown("mergeback open").text("target", c.target).text("repository", c.repository);
  }
  std::string operator()(const command::MergeBackShow& c) const {
    return Shown("mergeback show").text("target", c.target).text("repository", c.repository);
  }
  std::string operator()(const command::MergeBackAck& c) const {
    return Shown("mergeback ack").text("target", c.target).text("why", c.why).text("repository", c.repository);
  }
  std::string operator()(const command::RcaStart&) const { return "rca start"; }
  std::string operator()(const command::RcaSet& c) const {
    return Shown("rca set").text("field", to_string(c.field)).text("text", c.text);
  }
  std::string operator()(const command::RcaShow&) const { return "rca show"; }
  std::string operator()(const command::RcaSubmit&) const { return "rca submit"; }
  std::string operator()(const command::RcaApprove&) const { return "rca approve"; }
  std::string operator()(const command::ActionAdd& c) const {
    return Shown("action add")
        .text("what", c.what)
        .person("owner", c.owner)
        .text("due_in", c.due_in ? format_duration(*c.due_in) : "")
        .time("due_at", c.due_at);
  }
  std::string operator()(const command::ActionFinish& c) const { return Shown("action done").text("id", c.id); }
  std::string operator()(const command::ActionIssue& c) const {
    return Shown("action issue").text("id", c.id).text("repo", c.repository);
  }
  std::string operator()(const command::ActionList&) const { return "action list"; }
  std::string operator()(const command::Note& c) const { return Shown("note").time("at", c.at).text("text", c.text); }
  std::string operator()(const command::CorrectTime& c) const {
    return Shown("time").text("entry", c.entry).time("at", c.at);
  }
  std::string operator()(const command::ShowTimeline&) const { return "timeline"; }
  std::string operator()(const command::SetOwner& c) const {
    return Shown("owner").text("obligation", c.obligation).person("person", c.person);
  }
  std::string operator()(const command::Snooze& c) const {
    return Shown("snooze").text("obligation", c.obligation).text("duration", format_duration(c.duration));
  }
  std::string operator()(const command::ShowObligations&) const { return "obligations"; }
  std::string operator()(const command::ShowStatus&) const { return "status"; }
  std::string operator()(const command::List& c) const { return Shown("list").flag("all", c.all); }
  std::string operator()(const command::Mine&) const { return "mine"; }
  std::string operator()(const command::Close&) const { return "close"; }
  std::string operator()(const command::Reopen& c) const { return Shown("reopen").text("why", c.why); }
  std::string operator()(const command::Override& c) const {
    return Shown("override").text("gate", c.gate).text("why", c.why).text("repository", c.repository);
  }
  std::string operator()(const command::ConfirmOverride& c) const { return Shown("override confirm").text("id", c.id); }
  std::string operator()(const command::DeclineOverride& c) const { return Shown("override decline").text("id", c.id); }
  std::string operator()(const command::Deploy& c) const {
    return Shown("deploy")
        .text("version", c.version)
        .text("environment", c.environment)
        .text("repository", c.repository);
  }
  std::string operator()(const command::Where& c) const {
    return Shown("where").text("environment", c.environment).text("repository", c.repository);
  }
  std::string operator()(const command::ConfirmRollback& c) const {
    return Shown("rollback confirm").text("repository", c.repository);
  }
  std::string operator()(const command::Export& c) const { return Shown("export").text("format", c.format); }
  std::string operator()(const command::Help& c) const { return Shown("help").text("verb", c.verb); }
};

}  // namespace

const Policy& policy() {
  static const Policy made = [] {
    Policy p = default_policy();
    p.criteria = {"checkout is broken", "data is lost, or exposed"};
    p.people = {{{"U1", "bob"}, "", ""}, {{"U7", "Alice Jones"}, "", ""}};
    p.repositories = {{.name = "shop", .github = "acme/shop"}, {.name = "api", .github = ""}};
    p.services = {{.name = "checkout"}};
    p.severities[Severity::sev1].name = "critical";
    return p;
  }();
  return made;
}

ParseContext context() {
  const Time now = parse_rfc3339("2026-11-14T21:30:15Z").value_or(Time{});
  return {now, "Europe/Berlin", &policy()};
}

std::string show(const Command& command) { return std::visit(Show{}, command); }

std::string show(const std::expected<Parsed, UserError>& parsed) {
  if (!parsed) return fmt::format("error: {} | {}", parsed.error().what, parsed.error().try_instead);
  return (parsed->incident.empty() ? "" : parsed->incident + ' ') + show(parsed->command);
}

std::string parsed(std::string_view line) { return show(parse(line, context())); }

std::string show(const Message& message) {
  std::string out;
  for (const Line& line : message.lines) {
    for (const Span& span : line) {
      const std::string_view mark = span.kind == Span::Kind::code ? "`" : span.kind == Span::Kind::bold ? "*" : "";
      out += fmt::format("{0}{1}{0}", mark, span.text);
    }
    out += '\n';
  }
  return out;
}

}  // namespace hotfixd::commands::testing
