#include <gtest/gtest.h>

#include <array>

#include "tests/commands/show.hpp"

// What every verb understands: one line of the channel, the whole command it becomes.

namespace hotfixd::commands::testing {
namespace {

struct Case {
  std::string_view line, command;
};

template <std::size_t N>
void expect(const std::array<Case, N>& cases) {
  for (const Case& c : cases) EXPECT_EQ(parsed(c.line), c.command) << c.line;
}

TEST(Lines, NameTheIncidentFirstWhenItIsNotTheChannels) {
  expect(std::to_array<Case>({
      {"", "help"},
      {"  \n ", "help"},
      {"--help", "help"},
      {"?", "help"},
      {"status", "status"},
      {"STATUS", "status"},
      {"HF-3", "HF-3 status"},
      {"HF-3 timeline", "HF-3 timeline"},
      {"hf-12: status", "HF-12 status"},
      {"#HF-3", "HF-3 status"},
      {"#hf-3 close", "HF-3 close"},
      {"/hotfix HF-3 close", "HF-3 close"},
      {"note --help", "help verb=[note]"},
      {"note\r\n21:04\u00a0done\r\n", "note at=[2026-11-14T20:04:00Z] text=[done]"},
  }));
}

TEST(Declare, TakesASummaryWithASeverityBeforeItAndOptionsAnywhere) {
  expect(std::to_array<Case>({
      {"declare sev2 500s spiking on /checkout", "declare severity=[sev2] summary=[500s spiking on /checkout]"},
      {"declare SEV-2 x", "declare severity=[sev2] summary=[x]"},
      {"declare p1: x", "declare severity=[sev1] summary=[x]"},
      {"declare s2 x", "declare severity=[sev2] summary=[x]"},
      {"declare Critical x", "declare severity=[sev1] summary=[x]"},
      {"declare 500s  spiking", "declare summary=[500s  spiking]"},
      {"declare 2 regions down", "declare summary=[2 regions down]"},
      {"declare S3 uploads fail", "declare summary=[S3 uploads fail]"},
      {"declare several things\nbroken", "declare summary=[several things broken]"},
      {"declare \"sev2 --repo in quotes\"", "declare summary=[sev2 --repo in quotes]"},
      {"declare --repo shop sev2 a  b --drill c", "declare severity=[sev2] summary=[a  b c] repository=[shop] drill"},
      {"declare x --repo=SHOP --new-channel", "declare summary=[x] repository=[shop] new_channel"},
      {"declare x --service CHECKOUT", "declare summary=[x] service=[checkout]"},
      {"declare x --service unknown", "declare summary=[x] service=[unknown]"},
      {"declare x --repo unknown", "declare summary=[x] repository=[unknown]"},
      {"declare x --criteria all",
       "declare summary=[x] criterion=[checkout is broken] criterion=[data is lost, or exposed]"},
      {"declare x --criteria 2,1",
       "declare summary=[x] criterion=[checkout is broken] criterion=[data is lost, or exposed]"},
      {"declare x --criteria 2 --criteria 2", "declare summary=[x] criterion=[data is lost, or exposed]"},
      {"declare x --criteria \"Data is lost, or exposed\"", "declare summary=[x] criterion=[data is lost, or exposed]"},
      {"declare x --criteria=checkout-is-broken,", "declare summary=[x] criterion=[checkout is broken]"},
      {"declare sev3 x y --reason the audit is tomorrow --repo api",
       "declare severity=[sev3] summary=[x y] repository=[api] reason=[the audit is tomorrow]"},
      {"declare sev3 --reason audit x y", "declare severity=[sev3] summary=[x y] reason=[audit]"},
      {"declare sev3 --reason “the audit” x y", "declare severity=[sev3] summary=[x y] reason=[the audit]"},
  }));
}

TEST(Deciding, AssessSevRoleMitigate) {
  expect(std::to_array<Case>({
      {"assess reproduced", "assess verdict=[reproduced]"},
      {"assess reproduced with an empty coupon", "assess verdict=[reproduced] why=[with an empty coupon]"},
      {"assess not-reproduced it works for me", "assess verdict=[not-reproduced] why=[it works for me]"},
      {"assess not reproduced yet", "assess verdict=[not-reproduced] why=[yet]"},
      {"assess Config old address", "assess verdict=[config] why=[old address]"},
      {"assess not a hotfix cosmetic", "assess verdict=[not-a-hotfix] why=[cosmetic]"},
      {"sev 1 all regions", "sev severity=[sev1] why=[all regions]"},
      {"sev s3 less", "sev severity=[sev3] why=[less]"},
      {"severity P4: rare", "sev severity=[sev4] why=[rare]"},
      {"sev critical “half is up”", "sev severity=[sev1] why=[half is up]"},
      {"role commander @bob", "role role=[commander] person=[U1/bob]"},
      {"role Commander BOB", "role role=[commander] person=[U1/bob]"},
      {"role ic <@U7|alice>", "role role=[commander] person=[U7/Alice Jones]"},
      {"role comms <@U99|Zoe Z>", "role role=[communications] person=[U99/Zoe Z]"},
      {"role scribe <@U99>", "role role=[scribe] person=[U99/U99]"},
      {"role owner <at>Alice Jones</at>", "role role=[owner] person=[U7/Alice Jones]"},
      {"role owner <at id=\"0\">Carol C</at>", "role role=[owner] person=[Carol C/Carol C]"},
      {"role owner alice jones", "role role=[owner] person=[U7/Alice Jones]"},
      {"role releaser \"Carol C\"", "role role=[releaser] person=[Carol C/Carol C]"},
      {"mitigate rollback v2.4.6 \"500s began with v2.4.7\"",
       "mitigate kind=[rollback] what=[v2.4.6] why=[500s began with v2.4.7]"},
      {"mitigate flag \"new cart\" only it reads the coupon",
       "mitigate kind=[flag] what=[new cart] why=[only it reads the coupon]"},
      {"mitigate hotfix null check because a rollback loses data",
       "mitigate kind=[hotfix] what=[null check] why=[a rollback loses data]"},
      {"mitigate hotfix null-check because data", "mitigate kind=[hotfix] what=[null-check] why=[data]"},
      {"mitigate rollback v2.4.6 -- it began there", "mitigate kind=[rollback] what=[v2.4.6] why=[it began there]"},
  }));
}

TEST(Fixing, BranchPrCiApprove) {
  expect(std::to_array<Case>({
      {"branch", "branch"},
      {"branch Checkout  500", "branch slug=[checkout-500]"},
      {"branch hotfix/Checkout-500 --from v2.4.7 --repo shop",
       "branch slug=[checkout-500] repository=[shop] from=[v2.4.7]"},
      {"branch team/x_1.2", "branch slug=[team/x_1.2]"},
      {"pr 4821", "pr number=[4821]"},
      {"pr #4821 null check --repo api", "pr number=[4821] title=[null check] repository=[api]"},
      {"pr https://github.com/Acme/shop/pull/4821",
       "pr number=[4821] url=[https://github.com/Acme/shop/pull/4821] repository=[shop]"},
      {"pr <https://github.com/acme/shop/pull/7/files#r1|PR> fix",
       "pr number=[7] url=[https://github.com/acme/shop/pull/7/files#r1] title=[fix] repository=[shop]"},
      {"pr https://git.example.com/a/b/-/merge_requests/9?tab=1",
       "pr number=[9] url=[https://git.example.com/a/b/-/merge_requests/9?tab=1]"},
      {"pr https://github.com/acme/shop/pull/4821 --repo api",
       "pr number=[4821] url=[https://github.com/acme/shop/pull/4821] repository=[api]"},
      {"ci", "ci"},
      {"ci --repo shop", "ci repository=[shop]"},
      {"ci pass --sha 1A2B3C4", "ci state=[passed] sha=[1a2b3c4]"},
      {"ci fail https://ci.example.com/7", "ci state=[failed] url=[https://ci.example.com/7]"},
      {"ci <https://ci.example.com/7> green", "ci state=[passed] url=[https://ci.example.com/7]"},
      {"ci pending", "ci state=[pending]"},
      {"approve", "approve"},
      {"approve --repo shop", "approve repository=[shop]"},
  }));
}

TEST(Shipping, TagDeployedVerifyResolve) {
  expect(std::to_array<Case>({
      {"tag", "tag"},
      {"tag v2.4.8 --repo shop", "tag version=[v2.4.8] repository=[shop]"},
      {"deploy", "deploy"},
      {"deploy --env Staging 2.4.8 --repo shop", "deploy version=[2.4.8] environment=[Staging] repository=[shop]"},
      {"where", "where"},
      {"where production", "where environment=[production]"},
      {"where staging --repo api", "where environment=[staging] repository=[api]"},
      {"rollback confirm", "rollback confirm"},
      {"rollback Confirm --repo shop", "rollback confirm repository=[shop]"},
      {"deployed", "deployed"},
      {"deployed --env staging v2.4.8", "deployed version=[v2.4.8] environment=[staging]"},
      {"verify ok 500 rate back to baseline", "verify ok what=[500 rate back to baseline]"},
      {"verify failing 500s are back", "verify failing what=[500s are back]"},
      {"resolve it's over", "resolve what=[it's over]"},
  }));
}

TEST(Finishing, MergebackRcaActionCloseReopen) {
  expect(std::to_array<Case>({
      {"mergeback", "mergeback status"},
      {"merge-back status --repo shop", "mergeback status repository=[shop]"},
      {"mergeback show", "mergeback show"},
      {"mergeback show release/2.5 --repo shop", "mergeback show target=[release/2.5] repository=[shop]"},
      {"mergeback why develop", "mergeback show target=[develop]"},
      {"mergeback open", "mergeback open"},
      {"mergeback test", "mergeback test"},
      {"mergeback test release/2.5 --repo shop", "mergeback test target=[release/2.5] repository=[shop]"},
      {"mergeback open release/2.5 --repo shop", "mergeback open target=[release/2.5] repository=[shop]"},
      {"mergeback ack release/2.5 by hand in 1a2b3c4 --repo shop",
       "mergeback ack target=[release/2.5] why=[by hand in 1a2b3c4] repository=[shop]"},
      {"rca", "rca show"},
      {"rca show", "rca show"},
      {"rca start", "rca start"},
      {"rca submit", "rca submit"},
      {"rca approve", "rca approve"},
      {"rca set summary two lines\n  - one\n  - two", "rca set field=[summary] text=[two lines\n  - one\n  - two]"},
      {"rca set root-cause no coupon", "rca set field=[root_cause] text=[no coupon]"},
      {"rca set \"root cause\" no coupon", "rca set field=[root_cause] text=[no coupon]"},
      {"rca set what would catch it a test", "rca set field=[what_would_catch_it] text=[a test]"},
      {"rca set category untested edge case", "rca set field=[category] text=[untested edge case]"},
      {"action", "action list"},
      {"actions list", "action list"},
      {"action add write a test", "action add what=[write a test]"},
      {"action add @bob write a test --due 3d", "action add what=[write a test] owner=[U1/bob] due_in=[3d]"},
      {"action add ask @bob --owner <@U7> --due 2 weeks",
       "action add what=[ask @bob] owner=[U7/Alice Jones] due_in=[14d]"},
      {"action add x --due 2026-12-01", "action add what=[x] due_at=[2026-12-01T22:59:00Z]"},
      {"action add --due tomorrow 17:00 x", "action add what=[x] due_at=[2026-11-15T16:00:00Z]"},
      {"action done A1", "action done id=[A1]"},
      {"action done 2", "action done id=[A2]"},
      {"action done #a3", "action done id=[A3]"},
      {"action done action:A4", "action done id=[A4]"},
      {"action done flag", "action done id=[flag]"},
      {"close", "close"},
      {"reopen it is back", "reopen why=[it is back]"},
  }));
}

TEST(AnyTime, NotesTimesObligationsAndTheRest) {
  expect(std::to_array<Case>({
      {"note error rate is falling", "note text=[error rate is falling]"},
      {"note 21:04 restarted", "note at=[2026-11-14T20:04:00Z] text=[restarted]"},
      {"note 21:04:30, restarted", "note at=[2026-11-14T20:04:30Z] text=[restarted]"},
      {"note 9:05 began", "note at=[2026-11-14T08:05:00Z] text=[began]"},
      {"note 21.04 began", "note at=[2026-11-14T20:04:00Z] text=[began]"},
      {"note 23:00 began", "note at=[2026-11-13T22:00:00Z] text=[began]"},
      {"note yesterday 23:50 first report", "note at=[2026-11-13T22:50:00Z] text=[first report]"},
      {"note 2026-11-12 08:00 first report", "note at=[2026-11-12T07:00:00Z] text=[first report]"},
      {"note 2026-11-14T21:04:00Z x", "note at=[2026-11-14T21:04:00Z] text=[x]"},
      {"note yesterday we saw it", "note text=[yesterday we saw it]"},
      {"note tomorrow 9:00 the train leaves", "note text=[tomorrow 9:00 the train leaves]"},
      {"note \"21:04\" is what it said", "note text=[\"21:04\" is what it said]"},
      {"note 2.30 seconds", "note text=[2.30 seconds]"},
      {"time 3 21:04", "time entry=[3] at=[2026-11-14T20:04:00Z]"},
      {"time #12 yesterday 9:05", "time entry=[12] at=[2026-11-13T08:05:00Z]"},
      {"timeline", "timeline"},
      {"owner merge-back:shop:main @bob", "owner obligation=[merge-back:shop:main] person=[U1/bob]"},
      {"snooze 2h", "snooze duration=[2h]"},
      {"snooze 90 minutes", "snooze duration=[1h 30m]"},
      {"snooze for 1d", "snooze duration=[1d]"},
      {"snooze rca 1h30m", "snooze obligation=[rca] duration=[1h 30m]"},
      {"snooze action:A1 for 2 hours", "snooze obligation=[action:A1] duration=[2h]"},
      {"obligations", "obligations"},
      {"mine", "mine"},
      {"todo", "mine"},
      {"list", "list"},
      {"list --all", "list all"},
      {"list all", "list all"},
      {"override ci the runner is down", "override gate=[ci] why=[the runner is down]"},
      {"override Scope \"one more file\" --repo shop", "override gate=[scope] why=[one more file] repository=[shop]"},
      {"override RCA done elsewhere", "override gate=[rca] why=[done elsewhere]"},
      {"override merge-back:shop:main gone", "override gate=[merge-back:shop:main] why=[gone]"},
      {"override confirm", "override confirm"},
      {"override confirm o1", "override confirm id=[O1]"},
      {"override decline 2", "override decline id=[O2]"},
      {"export", "export format=[markdown]"},
      {"export md", "export format=[markdown]"},
      {"export JSON", "export format=[json]"},
      {"export csv", "export format=[csv]"},
      {"help", "help"},
      {"help merge-back", "help verb=[mergeback]"},
      {"help action add", "help verb=[action]"},
      {"help me", "help verb=[me]"},
  }));
}

}  // namespace
}  // namespace hotfixd::commands::testing
