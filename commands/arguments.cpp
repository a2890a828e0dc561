#include "commands/arguments.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "commands/text.hpp"
#include "commands/times.hpp"

namespace hotfixd::commands {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool is_name(std::string_view name) {
  return !name.empty() && is_letter(name.front()) &&
         std::ranges::all_of(name, [](char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '-'; });
}

// The name in "--name=value" or "--name"; empty when it is not the name of an option.
std::string name_of(std::string_view word) {
  word.remove_prefix(option_dashes(word));
  const std::string_view name = word.substr(0, word.find('='));
  return is_name(name) ? lower(name) : std::string{};
}

}  // namespace

Arguments::Arguments(std::string line, std::vector<Word> words, std::size_t first, std::string lead,
                     std::span<const Option> options)
    : line_(std::move(line)),
      words_(std::move(words)),
      use_(words_.size(), Use::open),
      start_(0),
      cursor_(first),
      lead_(std::move(lead)),
      known_(options) {
  if (!words_.empty()) start_ = words_[std::min(words_.size(), std::max<std::size_t>(first, 1)) - 1].begin;
}

bool Arguments::is_given(std::string_view name) const {
  return std::ranges::find(given_, name, &Given::name) != given_.end();
}

const Option* Arguments::find(std::string_view name) const {
  const auto found = std::ranges::find(known_, name, &Option::name);
  return found == known_.end() ? nullptr : &*found;
}

bool Arguments::is_dash(std::size_t i) const { return !words_[i].quoted && words_[i].text == "--"; }

bool Arguments::is_option(std::size_t i) const {
  const Word& word = words_[i];
  const std::size_t dashes = word.quoted ? 0 : option_dashes(word.text);
  if (dashes == 0) return false;
  const std::string name = name_of(word.text);
  return !name.empty() && (dashes == 2 || find(name) != nullptr);
}

// The next open word, after the options and the `--` before it.
std::size_t Arguments::head() {
  while (cursor_ < words_.size()) {
    if (use_[cursor_] != Use::open) {
      ++cursor_;
    } else if (!ended_ && is_dash(cursor_)) {
      ended_ = true;
      use_[cursor_] = Use::dropped;
    } else if (!ended_ && is_option(cursor_)) {
      take_option(cursor_, false);
    } else {
      break;
    }
  }
  return cursor_;
}

// Takes every option behind the cursor.
void Arguments::settle() {
  bool text_begun = false;
  for (std::size_t i = head(); i < words_.size() && !ended_; ++i) {
    if (use_[i] != Use::open) continue;
    if (is_option(i)) {
      take_option(i, text_begun);
    } else if (is_dash(i) && i + 1 < words_.size() && !words_[i + 1].quoted && !name_of(words_[i + 1].text).empty() &&
               option_dashes(words_[i + 1].text) == 2) {
      ended_ = true;
      use_[i] = Use::dropped;
    } else {
      text_begun = true;
    }
  }
}

void Arguments::take_option(std::size_t i, bool text_begun) {
  use_[i] = Use::taken;
  const std::string name = name_of(words_[i].text);
  const Option* option = find(name);
  if (option == nullptr) return unknown_option(i, name);
  if (!option->repeatable && is_given(name)) {
    return fail(fmt::format("--{} is given twice.", name), {});
  }
  take_value(i, *option, text_begun);
}

void Arguments::take_value(std::size_t i, const Option& option, bool text_begun) {
  const std::string_view word = words_[i].text;
  const std::size_t equals = word.find('=');
  if (option.kind == Option::Kind::flag) {
    if (equals != std::string_view::npos)
      return fail(fmt::format("--{} stands alone, without a value.", option.name), {});
    given_.push_back({std::string(option.name), {}});
    return;
  }
  const auto is_value = [&](std::size_t at) {
    return at < words_.size() && use_[at] == Use::open && (words_[at].quoted || (!is_dash(at) && !is_option(at)));
  };
  std::string value;
  if (equals != std::string_view::npos) {
    value = unquoted(word.substr(equals + 1));
  } else if (is_value(i + 1)) {
    std::size_t last = i + 1;
    if (option.kind == Option::Kind::text && text_begun && !words_[last].quoted) {
      while (is_value(last + 1)) ++last;
    } else if (option.kind == Option::Kind::when && is_value(last + 1) && !words_[last].quoted &&
               joins(words_[last].text, words_[last + 1].text)) {
      ++last;
    }
    value =
        last == i + 1 ? words_[last].text : line_.substr(words_[i + 1].begin, words_[last].end - words_[i + 1].begin);
    for (std::size_t k = i + 1; k <= last; ++k) use_[k] = Use::taken;
  }
  value = trim(value);
  if (value.empty()) return fail(fmt::format("--{} needs a value after it.", option.name), {});
  if (value.size() > (option.kind == Option::Kind::text ? kTextLimit : kWordLimit)) {
    return fail(fmt::format("The value of --{} is too long.", option.name), {});
  }
  given_.push_back({std::string(option.name), std::move(value)});
}

// Suggests the line with the nearest option in its place, or with the word in quotes.
void Arguments::unknown_option(std::size_t i, std::string_view name) {
  std::vector<std::string_view> names;
  for (const Option& option : known_) names.push_back(option.name);
  const std::string_view near = nearest(name, names);
  const Word& word = words_[i];
  const std::size_t equals = word.text.find('=');
  const std::string mended =
      near.empty() ? fmt::format("\"{}\"", word.text)
                   : fmt::format("--{}{}", near, equals == std::string::npos ? "" : word.text.substr(equals));
  const std::string guess = near.empty() ? std::string{} : fmt::format(" Did you mean --{}?", near);
  fail(fmt::format("Unknown option '{}'.{} To use it as text, put it in quotes: \"--{}\".", shown(word.text), guess,
                   shown(name)),
       "/hotfix " + lead_ + line_.substr(start_, word.begin - start_) + mended + line_.substr(word.end));
}

void Arguments::fail(std::string what, std::string try_instead) {
  if (!error_) error_ = UserError{std::move(what), std::move(try_instead)};
}

std::vector<const Word*> Arguments::ahead(std::size_t count) {
  std::vector<const Word*> found;
  for (std::size_t i = head(); i < words_.size() && found.size() < count; ++i) {
    if (use_[i] != Use::open || (!ended_ && (is_option(i) || is_dash(i)))) break;
    found.push_back(&words_[i]);
  }
  return found;
}

const Word* Arguments::peek() {
  const std::size_t i = head();
  return i < words_.size() ? &words_[i] : nullptr;
}

std::optional<Word> Arguments::next() {
  const std::size_t i = head();
  if (i >= words_.size()) return std::nullopt;
  use_[i] = Use::taken;
  return words_[i];
}

void Arguments::skip(std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) next();
}

std::string Arguments::rest() {
  settle();
  std::vector<std::size_t> open;
  for (std::size_t i = cursor_; i < words_.size(); ++i) {
    if (use_[i] == Use::open) open.push_back(i);
  }
  for (const std::size_t i : open) use_[i] = Use::taken;
  if (open.size() == 1) return std::string(trim(words_[open.front()].text));
  std::string out;
  for (std::size_t k = 0; k < open.size(); ++k) {
    const Word& word = words_[open[k]];
    if (k > 0) {  // the white space before what was cut out stays, the one after it goes
      const std::size_t gap = words_[open[k - 1]].end;
      out += line_.substr(gap, words_[open[k - 1] + 1].begin - gap);
    }
    out += line_.substr(word.begin, word.end - word.begin);
  }
  return out;
}

std::vector<Word> Arguments::words() {
  settle();
  std::vector<Word> out;
  while (auto word = next()) out.push_back(std::move(*word));
  return out;
}

std::expected<std::string, UserError> Arguments::text(std::string_view missing, std::string_view example,
                                                      std::size_t limit) {
  std::string out = rest();
  if (out.empty()) return mistake(std::string(missing), example);
  if (out.size() > limit) {
    return mistake(fmt::format("That text is {} bytes long; at most {} fit here.", out.size(), limit), example);
  }
  return out;
}

bool Arguments::flag(std::string_view name) {
  settle();
  return is_given(name);
}

std::string Arguments::option(std::string_view name) {
  settle();
  const auto found = std::ranges::find(given_, name, &Given::name);
  return found == given_.end() ? std::string{} : found->value;
}

std::vector<std::string> Arguments::options(std::string_view name) {
  settle();
  std::vector<std::string> values;
  for (const Given& given : given_) {
    if (given.name == name) values.push_back(given.value);
  }
  return values;
}

const std::optional<UserError>& Arguments::error() {
  settle();
  return error_;
}

std::unexpected<UserError> Arguments::mistake(std::string what, std::string_view example) const {
  return std::unexpected(UserError{std::move(what), fmt::format("/hotfix {}{}", lead_, example)});
}

}  // namespace hotfixd::commands
