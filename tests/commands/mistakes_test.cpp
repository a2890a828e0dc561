#include <gtest/gtest.h>

#include <array>

#include "tests/commands/show.hpp"

// What people are told when a line is not understood: the whole sentence and the line to type instead.

namespace hotfixd::commands::testing {
namespace {

struct Case {
  std::string_view line, what, try_instead;
};

template <std::size_t N>
void expect(const std::array<Case, N>& cases) {
  for (const Case& c : cases) {
    EXPECT_EQ(parsed(c.line), "error: " + std::string(c.what) + " | " + std::string(c.try_instead)) << c.line;
  }
}

TEST(UnknownVerbs, NameTheNearest) {
  expect(std::to_array<Case>({
      {"stauts", "Unknown verb 'stauts'. Did you mean status? Type /hotfix help.", "/hotfix status"},
      {"delcare sev2 500s", "Unknown verb 'delcare'. Did you mean declare? Type /hotfix help.",
       "/hotfix declare sev2 500s"},
      {"HF-3 roel owner @bob", "Unknown verb 'roel'. Did you mean role? Type /hotfix help.",
       "/hotfix HF-3 role owner @bob"},
      {"deploied", "Unknown verb 'deploied'. Did you mean deployed? Type /hotfix help.", "/hotfix deployed"},
      {"resolved", "Unknown verb 'resolved'. Did you mean resolve? Type /hotfix help.",
       "/hotfix resolve v2.4.8 is live, 500 rate back to baseline"},
      {"xyzzy", "Unknown verb 'xyzzy'. Type /hotfix help.", "/hotfix help"},
      {"HF-0 status", "Unknown verb 'HF-0'. Type /hotfix help.", "/hotfix help"},
  }));
}

TEST(UnknownOptions, NameTheNearestAndSayHowToQuote) {
  expect(std::to_array<Case>({
      {"declare x --repos shop",
       "Unknown option '--repos'. Did you mean --repo? To use it as text, put it in quotes: \"--repos\".",
       "/hotfix declare x --repo shop"},
      {"declare x --repos=shop",
       "Unknown option '--repos=shop'. Did you mean --repo? To use it as text, put it in quotes: \"--repos\".",
       "/hotfix declare x --repo=shop"},
      {"HF-3 note use --force here", "Unknown option '--force'. To use it as text, put it in quotes: \"--force\".",
       "/hotfix HF-3 note use \"--force\" here"},
      {"status --all", "Unknown option '--all'. To use it as text, put it in quotes: \"--all\".", "/hotfix status"},
      {"declare x --repo", "--repo needs a value after it.", "/hotfix declare sev2 500s spiking on /checkout"},
      {"declare x --repo --drill", "--repo needs a value after it.", "/hotfix declare sev2 500s spiking on /checkout"},
      {"declare x --repo= y", "--repo needs a value after it.", "/hotfix declare sev2 500s spiking on /checkout"},
      {"declare x --repo a --repo b", "--repo is given twice.", "/hotfix declare sev2 500s spiking on /checkout"},
      {"declare x --drill=no", "--drill stands alone, without a value.",
       "/hotfix declare sev2 500s spiking on /checkout"},
  }));
}

TEST(MissingPieces, AreNamedWithAnExample) {
  expect(std::to_array<Case>({
      {"declare", "A declaration needs a summary: what is wrong, in a few words.",
       "/hotfix declare sev2 500s spiking on /checkout"},
      {"declare sev2 --repo shop", "A declaration needs a summary: what is wrong, in a few words.",
       "/hotfix declare sev2 500s spiking on /checkout"},
      {"assess", "Say what you found: reproduced, not-reproduced, config or not-a-hotfix.",
       "/hotfix assess reproduced adding an empty coupon gives a 500"},
      {"assess not-a-hotfix", "Say why it is not-a-hotfix.",
       "/hotfix assess not-a-hotfix the gateway still had last week's address"},
      {"sev", "Name the severity: critical, sev-2, sev-3 or sev-4.", "/hotfix sev sev1 payments fail in all regions"},
      {"sev 2", "Say why the severity changes.", "/hotfix sev sev2 payments fail in all regions"},
      {"role", "Name the role and the person. Roles are commander, owner, communications, scribe or releaser.",
       "/hotfix role commander @bob"},
      {"HF-3 role owner", "Who is owner?", "/hotfix HF-3 role owner @bob"},
      {"mitigate", "Say how: rollback, flag or hotfix.", "/hotfix mitigate rollback v2.4.6 \"500s began with v2.4.7\""},
      {"mitigate flag", "Say what the flag is, and why.",
       "/hotfix mitigate flag new-cart only the new cart reads the coupon"},
      {"mitigate rollback v2.4.6", "Say after it why this rollback is the way.",
       "/hotfix mitigate rollback v2.4.6 \"500s began with v2.4.7\""},
      {"mitigate hotfix \"null check on the coupon\"",
       "Say what will be done (in quotes when it is more than a word), then why a rollback or a flag is not enough.",
       "/hotfix mitigate hotfix \"null check on the coupon\" a rollback would lose the new tax rules"},
      {"ci https://ci.example.com/7", "Say the result too: pass, fail or pending.",
       "/hotfix ci pass https://ci.example.com/run/7"},
      {"verify", "Say ok or failing, and what you saw.", "/hotfix verify ok 500 rate back to baseline for 15 minutes"},
      {"verify failing", "Say what you saw: the signal, and for how long.",
       "/hotfix verify failing 500s are back since 21:50"},
      {"resolve", "Say what ended it.", "/hotfix resolve v2.4.8 is live, 500 rate back to baseline"},
      {"mergeback ack", "Name the branch you looked at, and why it is well.",
       "/hotfix mergeback ack develop resolved by hand in 1a2b3c4, same null check"},
      {"mergeback ack main", "Say why main is well.",
       "/hotfix mergeback ack develop resolved by hand in 1a2b3c4, same null check"},
      {"rca set",
       "Name the field: summary, impact, root_cause, why_reached_production, what_would_catch_it, category, went_well "
       "or went_badly.",
       "/hotfix rca set root_cause the cart was saved without a coupon and read with one"},
      {"rca set impact", "Write the text for impact after it.",
       "/hotfix rca set impact the cart was saved without a coupon and read with one"},
      {"action add --due 3d", "Say what is to be done.",
       "/hotfix action add test checkout with an empty coupon --owner @bob --due 5d"},
      {"action done", "Which action is done? /hotfix action list shows their ids.", "/hotfix action done A1"},
      {"reopen", "Say why it is opened again.", "/hotfix reopen the 500s are back on /checkout"},
      {"note 21:04", "Say what to note.", "/hotfix note 21:04 restarted the cart service"},
      {"time 7", "When did entry 7 happen?", "/hotfix time 7 21:04"},
      {"owner", "Name the obligation and its owner. /hotfix obligations shows them.",
       "/hotfix owner merge-back:shop:develop @bob"},
      {"owner @bob", "Which obligation? Name it before the person.", "/hotfix owner merge-back:shop:develop @bob"},
      {"owner rca", "Who owns rca?", "/hotfix owner merge-back:shop:develop @bob"},
      {"snooze", "Say for how long, and which obligation when not all of yours.", "/hotfix snooze rca 2h"},
      {"snooze verification", "Say for how long.", "/hotfix snooze verification 2h"},
      {"override", "Name the gate (branch, ci, approvals, scope or close) or an obligation, and why.",
       "/hotfix override ci \"the runner is down, the tests pass on two laptops\""},
      {"override ci", "Say why ci is set aside.",
       "/hotfix override ci \"the runner is down, the tests pass on two laptops\""},
  }));
}

TEST(WrongPieces, AreNamedWithWhatIsPossible) {
  expect(std::to_array<Case>({
      {"declare sev9 x", "There is no severity 'sev9'; it is critical, sev-2, sev-3 or sev-4.",
       "/hotfix declare sev2 500s spiking on /checkout"},
      {"declare x --criteria 3",
       "'3' is not one of the criteria; write their numbers, as shown by /hotfix help declare.",
       "/hotfix declare sev2 500s spiking on /checkout --criteria all"},
      {"assess reprodced x",
       "'reprodced' is not an assessment; it is reproduced, not-reproduced, config or not-a-hotfix. Did you mean "
       "reproduced?",
       "/hotfix assess reproduced adding an empty coupon gives a 500"},
      {"sev big x", "There is no severity 'big'; it is critical, sev-2, sev-3 or sev-4.",
       "/hotfix sev sev1 payments fail in all regions"},
      {"role boss @bob", "'boss' is not a role; roles are commander, owner, communications, scribe or releaser.",
       "/hotfix role commander @bob"},
      {"role owner @here", "'@here' is a group; name one person.", "/hotfix role owner @bob"},
      {"role owner <!subteam^S1>", "'<!subteam^S1>' is a group; name one person.", "/hotfix role owner @bob"},
      {"role owner @", "'@' is not a person; write @name.", "/hotfix role owner @bob"},
      {"role owner @bob please", "'@bob please' is more than one name; write @name, or put the name in quotes.",
       "/hotfix role owner @bob"},
      {"mitigate rolback v1 x", "'rolback' is not a mitigation; it is rollback, flag or hotfix. Did you mean rollback?",
       "/hotfix mitigate rollback v2.4.6 \"500s began with v2.4.7\""},
      {"branch ../x", "'../x' cannot name a branch; use letters, digits, '.', '_', '/' and '-'.",
       "/hotfix branch checkout-500"},
      {"branch käse", "'käse' cannot name a branch; use letters, digits, '.', '_', '/' and '-'.",
       "/hotfix branch checkout-500"},
      {"branch hotfix/", "'hotfix/' cannot name a branch; use letters, digits, '.', '_', '/' and '-'.",
       "/hotfix branch checkout-500"},
      {"branch x --from \"a b\"", "'a b' cannot be a name in git.", "/hotfix branch checkout-500 --from v2.4.7"},
      {"pr x", "'x' is neither the number of a pull request nor a link to one.",
       "/hotfix pr 4821 one-line null check on the coupon"},
      {"pr https://github.com/acme/shop",
       "'https://github.com/acme/shop' does not end in /pull/ or /merge_requests/ and a number.",
       "/hotfix pr 4821 one-line null check on the coupon"},
      {"ci pas", "'pas' is neither pass, fail, pending nor a link. Did you mean pass?",
       "/hotfix ci pass --sha 1a2b3c4"},
      {"ci pass --sha 12345", "'12345' is not a commit; write 7 to 64 of 0-9 and a-f.",
       "/hotfix ci pass --sha 1a2b3c4"},
      {"approve please", "'please' does not belong here; the form is /hotfix approve [--repo R].", "/hotfix approve"},
      {"tag -v1", "'-v1' cannot be a name in git.", "/hotfix tag v2.4.8"},
      {"verify good", "'good' is neither ok nor failing.",
       "/hotfix verify ok 500 rate back to baseline for 15 minutes"},
      {"mergeback stats", "'stats' is none of status, show, open, ack and test. Did you mean status?",
       "/hotfix mergeback status"},
      {"rca write", "'write' is not part of the rca; it is start, set, show, submit or approve.", "/hotfix rca show"},
      {"rca set rootcause x",
       "'rootcause' is not a field; fields are summary, impact, root_cause, why_reached_production, "
       "what_would_catch_it, category, went_well or went_badly. Did you mean root_cause?",
       "/hotfix rca set root_cause the cart was saved without a coupon and read with one"},
      {"action remove A1", "'remove' is neither add, done, issue nor list.",
       "/hotfix action add test checkout with an empty coupon --owner @bob --due 5d"},
      {"action add x --due yesterday", "'yesterday' is already past.",
       "/hotfix action add test checkout with an empty coupon --owner @bob --due 5d"},
      {"close now", "'now' does not belong here; the form is /hotfix close.", "/hotfix close"},
      {"note 25:61 x", "'25:61' is not a time; write 21:04, yesterday 21:04 or 2026-11-14 21:04.",
       "/hotfix note 21:04 restarted the cart service"},
      {"note today 23:59 x", "'today 23:59' is still to come.", "/hotfix note 21:04 restarted the cart service"},
      {"time x 21:04", "'x' is not the number of an entry; /hotfix time alone lists them.", "/hotfix time 3 21:04"},
      {"time 3 soon", "'soon' is not a time; write 21:04, yesterday 21:04 or 2026-11-14 21:04.",
       "/hotfix time 3 21:04"},
      {"snooze 5x", "'5x' is not a duration; write 30m, 2h, 3d or 1w.", "/hotfix snooze rca 2h"},
      {"snooze rca 400d", "'400d' is longer than 365 days.", "/hotfix snooze rca 2h"},
      {"override cii x", "'cii' is not a gate; gates are branch, ci, approvals, scope or close. Did you mean ci?",
       "/hotfix override ci \"the runner is down, the tests pass on two laptops\""},
      {"override confirm later", "'later' is not the id of an override.", "/hotfix override confirm O1"},
      {"export pdf", "'pdf' is no format; it is markdown, json or csv.", "/hotfix export markdown"},
  }));
}

TEST(Limits, AreToldWithTheirNumbers) {
  expect(std::to_array<Case>(
      {{"note \x01", "That holds control characters; type it again as plain text.", "/hotfix help"},
       {"note \xc2\x85", "That holds control characters; type it again as plain text.", "/hotfix help"},
       {"note \xff", "That is not valid text (UTF-8).", "/hotfix help"}}));
  EXPECT_EQ(
      parsed("note " + std::string(4001, 'x')),
      "error: That text is 4001 bytes long; at most 4000 fit here. | /hotfix note 21:04 restarted the cart service");
  EXPECT_EQ(parsed("note " + std::string(4000, 'x')), "note text=[" + std::string(4000, 'x') + "]");
  EXPECT_EQ(
      parsed("declare " + std::string(301, 'x')),
      "error: That text is 301 bytes long; at most 300 fit here. | /hotfix declare sev2 500s spiking on /checkout");
  EXPECT_EQ(parsed("declare " + std::string(300, 'x')), "declare summary=[" + std::string(300, 'x') + "]");
  EXPECT_EQ(parsed("rca set summary " + std::string(7984, 'x')),
            "rca set field=[summary] text=[" + std::string(7984, 'x') + "]");
  EXPECT_EQ(parsed("rca set summary " + std::string(7985, 'x')),
            "error: That is 8001 bytes long; a command has at most 8000. | /hotfix help");
}

}  // namespace
}  // namespace hotfixd::commands::testing
