#include "integrations/git/landmarks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <iterator>
#include <set>
#include <span>
#include <unordered_map>
#include <vector>

#include "integrations/git/shown_text.hpp"

namespace hotfixd::git {
namespace {

constexpr std::size_t kMostWork = 20'000'000;  // lines compared in one file

using Lines = std::span<const std::string_view>;

// The lines of a text; without what is blank unless `exactly`.
class Page {
 public:
  Page(std::string_view text, bool exactly) {
    while (!text.empty()) {
      auto line = text.substr(0, text.find('\n'));
      text.remove_prefix(std::min(text.size(), line.size() + 1));
      upto_.push_back(lines_.size());
      const auto last = line.find_last_not_of(" \t\r");
      if (!exactly && last == line.npos) continue;
      if (!exactly) line = line.substr(0, last + 1);
      auto& place = places_[line];
      place.at = lines_.size();
      place.times += 1;
      lines_.push_back(line);
    }
    upto_.push_back(lines_.size());
  }

  Lines lines() const { return lines_; }
  // How many of them are among the first `count` lines of the text.
  std::size_t upto(std::size_t count) const { return upto_.at(std::min(count, upto_.size() - 1)); }
  std::size_t times(std::string_view line) const {
    const auto found = places_.find(line);
    return found == places_.end() ? 0 : found->second.times;
  }
  // Among lines(); of one that it has once.
  std::size_t place(std::string_view line) const { return places_.at(line).at; }

 private:
  struct Place {
    std::size_t at = 0, times = 0;
  };
  std::vector<std::string_view> lines_;
  std::vector<std::size_t> upto_;
  std::unordered_map<std::string_view, Place> places_;
};

// A part of a page.
struct Range {
  std::size_t begin = 0, end = 0;
  bool empty() const { return begin == end; }
  std::size_t size() const { return end - begin; }
  Lines of(const Page& page) const { return page.lines().subspan(begin, end - begin); }
};
Range range_of(const Page& page, int start, int count) {
  // Of a hunk that has none, git names the line before.
  const auto first = static_cast<std::size_t>(count == 0 ? start : start - 1);
  return {page.upto(first), page.upto(first + static_cast<std::size_t>(count))};
}

class Comparison {
 public:
  Comparison(const Page& base, const Page& own, const Page& target) : base_(base), own_(own), target_(target) {
    const auto lines = own.lines();
    above_.reserve(lines.size() + 1);
    for (std::size_t n = 0, last = kNone; n <= lines.size(); ++n) {
      above_.push_back(last);
      if (n < lines.size() && is_landmark(lines[n])) last = n;
    }
    below_.assign(lines.size() + 1, kNone);
    for (std::size_t n = lines.size(); n-- > 0;) below_[n] = is_landmark(lines[n]) ? n : below_[n + 1];
  }

  // What took the place of `before` in the base, `after`: is it there by the same landmarks?
  enum class Found { between_both, from_one, nowhere };
  Found find(const Range& before, const Range& after) {
    if (is_too_much()) return Found::nowhere;
    const auto lines = own_.lines(), theirs = target_.lines();
    // From the landmark above (or the beginning) to the landmark below (or the end), in both.
    const std::size_t above = above_[after.begin], below = below_[after.end];
    const Range own{above == kNone ? 0 : above + 1, below == kNone ? lines.size() : below};
    const Range there{above == kNone ? 0 : target_.place(lines[above]) + 1,
                      below == kNone ? theirs.size() : target_.place(lines[below])};
    if (there.begin <= there.end && reads_alike(before, after, own, there)) return Found::between_both;
    // Blocks were put in another order, or one like it came next to it. Of what was only taken out, what came together
    // tells.
    const std::size_t more = after.empty() ? 1 : 0;
    work_ += own.size();
    if (const Range down{own.begin, after.end + more};
        down.end <= lines.size() && there.begin + down.size() <= theirs.size() &&
        std::ranges::equal(down.of(own_), theirs.subspan(there.begin, down.size())))
      return is_below(above, below, down) ? Found::between_both : Found::from_one;
    if (const auto first = highest(before, after); first >= more)
      if (const Range up{first - more, own.end};
          up.size() <= there.end && std::ranges::equal(up.of(own_), theirs.subspan(there.end - up.size(), up.size())))
        return Found::from_one;
    return Found::nowhere;
  }

  bool is_too_much() const { return work_ > kMostWork; }

 private:
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

  bool is_landmark(std::string_view line) const {
    return own_.times(line) == 1 && target_.times(line) == 1 && base_.times(line) == 1;
  }

  // Is the landmark above their heading, and not that of the landmark below, too?
  bool is_below(std::size_t above, std::size_t below, const Range& these) const {
    if (above == kNone) return false;
    const auto depth = indent(own_.lines()[above]);
    if (below != kNone && indent(own_.lines()[below]) > depth) return false;
    return std::ranges::all_of(these.of(own_), [&](auto line) { return indent(line) > depth; });
  }

  // Where lines are equal, what was put in or taken out may as well have been those above; git names the last.
  std::size_t highest(const Range& before, const Range& after) const {
    if (!before.empty() && !after.empty()) return after.begin;
    const auto lines = before.empty() ? own_.lines() : base_.lines();
    const Range& range = before.empty() ? after : before;
    std::size_t up = 0;
    while (up < range.begin && up < after.begin && lines[range.begin - up - 1] == lines[range.end - up - 1]) ++up;
    return after.begin - up;
  }

  // Between the landmarks: the lines of the change, and those next to it as far as they are there, in the same order
  // and as often.
  bool reads_alike(const Range& before, const Range& after, const Range& own, const Range& there) {
    const auto lines = own_.lines();
    const auto theirs = there.of(target_);
    work_ += own.size() + there.size();
    std::set<std::string_view> told;
    for (const auto changed : {before.of(base_), after.of(own_)}) told.insert(changed.begin(), changed.end());
    const auto beside = [&](std::size_t n) {
      if (std::ranges::find(theirs, lines[n]) != theirs.end()) told.insert(lines[n]);
    };
    if (after.begin > own.begin) beside(after.begin - 1);
    if (after.end < own.end) beside(after.end);
    const auto those = [&](const Page& page, const Range& range) {
      std::vector<std::size_t> some;
      for (std::size_t n = range.begin; n < range.end; ++n)
        if (told.contains(page.lines()[n])) some.push_back(n);
      return some;
    };
    const auto mine = those(own_, own), found = those(target_, there);
    if (!std::ranges::equal(
            mine, found, {}, [&](auto n) { return lines[n]; }, [&](auto n) { return target_.lines()[n]; }))
      return false;
    if (after.empty()) return true;
    const auto last = std::ranges::find(mine, after.end - 1) - mine.begin();
    return !belongs_below({after.end, own.end}, {found[static_cast<std::size_t>(last)] + 1, there.end});
  }

  // Does the change stand right above what opens a block, as a decorator does, and is another block between them there?
  bool belongs_below(const Range& own, const Range& there) const {
    const auto lines = own_.lines();
    if (own.end == lines.size() || own.begin == 0) return false;
    const auto depth = indent(lines[own.begin - 1]);
    const auto opens = [&](const Page& page, std::size_t n) {
      return indent(page.lines()[n]) == depth && n + 1 < page.lines().size() && indent(page.lines()[n + 1]) > depth;
    };
    const auto any_opens = [&](const Page& page, const Range& range) {
      for (std::size_t n = range.begin; n < range.end; ++n)
        if (opens(page, n)) return true;
      return false;
    };
    return opens(own_, own.end) && !any_opens(own_, own) && any_opens(target_, there);
  }

  static std::size_t indent(std::string_view line) { return std::min(line.find_first_not_of(" \t"), line.size()); }

  const Page &base_, &own_, &target_;
  std::vector<std::size_t> above_, below_;  // the nearest landmark before each of own's lines, and from it on
  std::size_t work_ = 0;
};

std::string_view unindented(std::string_view line) {
  return line.substr(std::min(line.size(), line.find_first_not_of(" \t")));
}

// How often each line stands on a page, however far it is indented.
std::unordered_map<std::string_view, std::size_t> counted(const Page& page) {
  std::unordered_map<std::string_view, std::size_t> times;
  for (auto line : page.lines()) {
    line = unindented(line);
    if (std::ranges::any_of(line, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }))
      ++times[line];
  }
  return times;
}

std::string in_words(std::size_t times) { return times == 1 ? "once" : fmt::format("{} times", times); }

// What the fix takes out or moves, main may have moved elsewhere; then a merge leaves it there. Only lines of which
// there are few: of many, main may have more for any reason. May be empty.
std::string stands_more(const Page& base, const Page& own, const Page& target,
                        const std::set<std::string_view>& removed, const std::string& path) {
  constexpr std::size_t kFew = 3;
  if (removed.empty()) return {};
  const auto before = counted(base), after = counted(own), there = counted(target);
  const auto times = [](const auto& all, std::string_view line) {
    const auto found = all.find(line);
    return found == all.end() ? std::size_t{0} : found->second;
  };
  for (auto line : removed) {
    line = unindented(line);
    const auto was = times(before, line), is = times(after, line), now = times(there, line);
    if (was > 0 && was <= kFew && now >= std::max(was, is + 1))
      return fmt::format("{} of {} stands {} there, and {} in the hotfix", quoted_line(line), shown(path),
                         in_words(now), is == 0 ? "not" : in_words(is));
  }
  return {};
}

}  // namespace

Result<Placement> find_placement(std::string_view base, std::string_view own, std::string_view target,
                                 const std::string& path) {
  PatchHandle patch;
  git_diff_options options = GIT_DIFF_OPTIONS_INIT;
  options.context_lines = 0;
  options.flags |= GIT_DIFF_FORCE_TEXT;
  if (const int rc = make(patch, git_patch_from_buffers, base.data(), base.size(), nullptr, own.data(), own.size(),
                          nullptr, &options);
      rc < 0)
    return std::unexpected(last_problem(rc, "comparing two versions of a file"));
  std::vector<const git_diff_hunk*> hunks(git_patch_num_hunks(patch.get()));
  for (std::size_t n = 0; n < hunks.size(); ++n)
    if (const int rc = git_patch_get_hunk(&hunks[n], nullptr, patch.get(), n); rc < 0)
      return std::unexpected(last_problem(rc, "reading a hunk"));
  bool told = false;
  Placement placement{.stands = true, .may_stand = true, .untold = false, .odd = {}};
  // Those whose lines are equal are left over: they change blanks.
  const auto compare = [&](bool exactly) {
    const Page before(base, exactly), after(own, exactly), there(target, exactly);
    Comparison comparison(before, after, there);
    std::vector<const git_diff_hunk*> left;
    std::set<std::string_view> removed, taken, given;
    for (const auto* hunk : hunks) {
      const auto was = range_of(before, hunk->old_start, hunk->old_lines),
                 is = range_of(after, hunk->new_start, hunk->new_lines);
      if (std::ranges::equal(was.of(before), is.of(after))) {
        left.push_back(hunk);
        continue;
      }
      told = true;
      for (const auto line : was.of(before)) (is.empty() ? removed : taken).insert(line);
      for (const auto line : is.of(after)) given.insert(line);
      const auto found = comparison.find(was, is);
      if (found == Comparison::Found::between_both) continue;
      placement.stands = false;
      placement.may_stand = placement.may_stand && found == Comparison::Found::from_one;
      const auto line = is.empty() ? was.of(before).front() : is.of(after).front();
      placement.untold = comparison.is_too_much();
      if (placement.untold)
        placement.odd = fmt::format("{} is too much to tell its parts apart", shown(path));
      else if (placement.odd.empty())
        placement.odd =
            fmt::format("what is around {} of {} is in another order there", quoted_line(line), shown(path));
      if (!placement.may_stand) return;
    }
    hunks = std::move(left);
    if (exactly) return;
    std::ranges::set_intersection(taken, given, std::inserter(removed, removed.end()));
    const auto more = stands_more(before, after, there, removed, path);
    placement.stands = placement.stands && more.empty();
    if (placement.odd.empty()) placement.odd = more;
  };
  compare(false);
  if (!hunks.empty() && placement.may_stand) compare(true);
  placement.stands = placement.stands && told;
  placement.may_stand = placement.may_stand && told;
  return placement;
}

}  // namespace hotfixd::git
