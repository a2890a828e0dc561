// Slack's markup as text of ours. The form: docs.slack.dev, "Formatting message text".
#pragma once

#include <functional>

#include "bot/domain/basics.hpp"

namespace hotfixd::slack {

// What a person typed, as the grammar of /hotfix reads it:
//  * `&amp;` `&lt;` `&gt;` become the characters; nothing else is an escape;
//  * `<@U1|bob>` and `<@U1>` stay, which name a person by id;
//  * `<!subteam^S1|@oncall>` stays, which names a group and is refused where one person is meant;
//  * `<!here>`, `<!channel>` and `<!everyone>` become "@here" and so on, `<!date^…|text>` its text;
//  * `<#C1|incidents>` becomes "#incidents";
//  * `<https://x>` becomes the address, a link that Slack made of bare text ("example.com") that text;
//    one with a label of its own stays, which the grammar takes as one word.
// Quotes and dashes stay as the phone made them: the grammar knows “ ” ‘ ’ and the long dash. At most three
// bytes are added for each that is read.
std::string for_grammar(std::string_view text);

// A user's name by id; empty when it is not known.
using NameOf = std::function<std::string(std::string_view user)>;

// The same for people to read: a mention is "@name", with the name in the text, else by `name_of`, else the
// id; a labelled link is "label (https://x)"; a group is its handle.
std::string readable(std::string_view text, const NameOf& name_of = {});

// What follows a leading mention of `user` ("<@U0BOT> status" → "status"), a colon or comma after it left
// out; nothing when the text does not begin with it, or `user` is empty.
std::optional<std::string> after_mention(std::string_view text, std::string_view user);

}  // namespace hotfixd::slack
