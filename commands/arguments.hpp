// What follows the verb: words taken one by one, options taken from anywhere, the rest kept as text.
#pragma once

#include <span>

#include "bot/domain/basics.hpp"
#include "commands/lexer.hpp"

namespace hotfixd::commands {

inline constexpr std::size_t kLineLimit = 8000;    // bytes of one command
inline constexpr std::size_t kTextLimit = 4000;    // bytes of free text
inline constexpr std::size_t kSummaryLimit = 300;  // bytes of a summary or title
inline constexpr std::size_t kWordLimit = 200;     // bytes of one name, tag, option value

struct Option {
  enum class Kind {
    flag,  // --drill
    word,  // one word, or a quoted text
    text,  // as word; without quotes and behind the free text it takes every word up to the next option
    when,  // as word; without quotes also two words that make one time or duration
  };
  std::string_view name;  // without dashes, lower case
  Kind kind = Kind::word;
  bool repeatable = false;
};

// An option is `--word` at the beginning of a word that is not quoted; `--word=value` too. An unknown
// one is a mistake, because it is a misspelt option more often than text. A lone `--` ends the options
// when it comes before the free text or right before a word with two dashes; elsewhere, like `---`, it
// is text. A long dash counts as `--` only before an option that the verb has.
//
// Mistakes in options are kept, not returned: ask error() after the last word was taken.
class Arguments {
 public:
  // `first` is the word after the verb. `lead` stands between "/hotfix " and a verb in suggestions: "HF-3 " or nothing.
  Arguments(std::string line, std::vector<Word> words, std::size_t first, std::string lead,
            std::span<const Option> options);

  // Up to `count` words that come next, without taking them; stops before an option.
  std::vector<const Word*> ahead(std::size_t count);
  const Word* peek();
  // Takes the next word.
  std::optional<Word> next();
  void skip(std::size_t count);

  // Takes all words that are left, without the options among them: as typed, trimmed, inner spacing
  // kept. When they are one quoted text, that text. Empty when nothing is left.
  std::string rest();
  // Takes all words that are left, each without its quotes.
  std::vector<Word> words();
  // rest(), which must neither be empty (`missing` says so) nor longer than `limit` bytes.
  std::expected<std::string, UserError> text(std::string_view missing, std::string_view example,
                                             std::size_t limit = kTextLimit);

  // What the options say; to be asked in any order. Not given: false, empty.
  bool flag(std::string_view name);
  std::string option(std::string_view name);
  std::vector<std::string> options(std::string_view name);

  const std::optional<UserError>& error();

  // A mistake whose cure looks like `example` ("role commander @bob").
  std::unexpected<UserError> mistake(std::string what, std::string_view example) const;

 private:
  struct Given {
    std::string name, value;
  };
  enum class Use { open, taken, dropped };

  bool is_dash(std::size_t i) const;
  bool is_option(std::size_t i) const;
  bool is_given(std::string_view name) const;
  const Option* find(std::string_view name) const;
  std::size_t head();
  void settle();
  void take_option(std::size_t i, bool text_begun);
  void take_value(std::size_t i, const Option& option, bool text_begun);
  void unknown_option(std::size_t i, std::string_view name);
  void fail(std::string what, std::string try_instead);

  std::string line_;
  std::vector<Word> words_;
  std::vector<Use> use_;
  std::size_t start_;   // of what "/hotfix" is put before in suggestions
  std::size_t cursor_;  // the first word that may be open
  std::string lead_;
  std::span<const Option> known_;
  std::vector<Given> given_;
  bool ended_ = false;  // by `--`
  std::optional<UserError> error_;
};

}  // namespace hotfixd::commands
