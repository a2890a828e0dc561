#include "integrations/git/fix_lines.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "integrations/git/landmarks.hpp"
#include "integrations/git/shown_text.hpp"
#include "integrations/git/trees.hpp"

namespace hotfixd::git {
namespace {

constexpr git_object_size_t kLargest = 16 << 20;         // bytes of a file that is looked through
constexpr git_object_size_t kLargestOutlined = 1 << 20;  // and in which each line is told by those that it is below
constexpr std::size_t kMostWork = 2'000'000;             // lines compared in one file

struct Line {
  std::string_view text;
  std::vector<std::string_view> below;  // the lines that it is indented below, outermost first
};

// A file, as far as it is text.
class Text {
 public:
  explicit Text(std::string_view rest) {
    std::vector<std::pair<std::size_t, std::string_view>> open;  // how far each is indented
    std::string_view section;
    while (!rest.empty()) {
      auto line = rest.substr(0, rest.find('\n'));
      rest.remove_prefix(std::min(rest.size(), line.size() + 1));
      while (!line.empty() && (line.back() == '\r' || line.back() == ' ' || line.back() == '\t')) line.remove_suffix(1);
      const auto indent = line.find_first_not_of(" \t");
      if (indent == line.npos) continue;
      const bool comment = line[indent] == '#' || line.substr(indent).starts_with("//");
      if (!comment)
        while (!open.empty() && open.back().first >= indent) open.pop_back();
      Line one{line, {}};
      if (!section.empty()) one.below.push_back(section);
      for (const auto& [depth, text] : open) one.below.push_back(text);
      places_[line].push_back(lines_.size());
      lines_.push_back(std::move(one));
      if (comment || letters(line) == 0) continue;
      if (indent == 0 && line.starts_with('[') && line.ends_with(']'))
        section = line;
      else
        open.emplace_back(indent, line);
    }
  }

  static std::size_t letters(std::string_view text) {
    return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) {
      const auto byte = static_cast<unsigned char>(c);
      return std::isalnum(byte) != 0 || byte >= 0x80;
    }));
  }

  const std::vector<Line>& lines() const { return lines_; }
  // Where a line with that text is, among lines().
  const std::vector<std::size_t>& all(std::string_view text) const {
    static const std::vector<std::size_t> none;
    const auto found = places_.find(text);
    return found == places_.end() ? none : found->second;
  }
  std::size_t count(std::string_view text) const { return all(text).size(); }

 private:
  std::vector<Line> lines_;
  std::unordered_map<std::string_view, std::vector<std::size_t>> places_;
};

Result<std::optional<Entry>> file_at(git_repository* repository, const git_oid& tree, const std::string& path) {
  auto found = lookup_tree(repository, tree);
  if (!found) return std::unexpected(found.error());
  return entry_at(found->get(), path);
}

// Null when it is no text.
Result<BlobHandle> text_at(git_repository* repository, const std::optional<Entry>& file) {
  BlobHandle blob;
  if (!file || !is_file(file->mode)) return blob;
  if (const int rc = make(blob, git_blob_lookup, repository, &file->oid); rc < 0)
    return std::unexpected(damaged(last_problem(rc, "reading a file")));
  if (git_blob_is_binary(blob.get()) != 0) blob.reset();
  return blob;
}
std::string_view content_of(const BlobHandle& blob) {
  if (blob == nullptr) return {};
  return {static_cast<const char*>(git_blob_rawcontent(blob.get())),
          static_cast<std::size_t>(git_blob_rawsize(blob.get()))};
}

// Of the lines that it is below those that its file has once.
std::vector<std::string_view> place_of(const Line& line, const Text& in) {
  std::vector<std::string_view> place;
  std::ranges::copy_if(line.below, std::back_inserter(place), [&](auto above) { return in.count(above) == 1; });
  return place;
}

// Does `in` have the line there? What of the place `in` does not have at all may have another name there. `work` counts
// the lines that were looked at.
bool stands(const Text& in, std::string_view text, std::vector<std::string_view> place, std::size_t& work) {
  std::erase_if(place, [&](auto above) { return in.count(above) == 0; });
  for (const std::size_t at : in.all(text)) {
    if (++work > kMostWork) return false;
    const auto& below = in.lines()[at].below;
    if (std::ranges::all_of(place, [&](auto above) { return std::ranges::find(below, above) != below.end(); }))
      return true;
  }
  return false;
}

// A brace or "end" is in every file, and below a line of its own it may tell something all the same.
bool says_nothing(std::string_view text, const std::vector<std::string_view>& place) {
  constexpr std::size_t kFewestLetters = 4;
  return Text::letters(text) < (place.empty() ? kFewestLetters : 1);
}

// What one file says, added to `found`; whether all of the fix is in it, nothing when it does not say.
std::optional<bool> compare(const Text& base, const Text& own, const Text& target, const std::string& path,
                            FixLines& found) {
  bool tells = false, there = true;
  auto& odd = found.odd;
  std::size_t work = 0;
  for (const Line& line : own.lines()) {
    if (work > kMostWork) break;
    const auto place = place_of(line, own);
    if (says_nothing(line.text, place)) continue;
    if (base.count(line.text) >= own.count(line.text) && stands(base, line.text, place, work)) continue;
    tells = true;
    if (stands(target, line.text, place, work)) {
      found.any_there = true;
      continue;
    }
    there = false;
    if (found.place_gone.empty() && !place.empty() && base.count(place.back()) > 0 && target.count(place.back()) == 0)
      found.place_gone = quoted_line(place.back());
    if (target.count(line.text) > 0 && odd.empty())
      odd =
          fmt::format("{} of {} is not below {} there", quoted_line(line.text), shown(path), quoted_line(place.back()));
  }
  for (const Line& line : base.lines()) {
    if (work > kMostWork) break;
    const auto place = place_of(line, base);
    if (says_nothing(line.text, place)) continue;
    const bool none_left = own.count(line.text) == 0;
    if (!none_left && stands(own, line.text, place, work)) continue;
    // Where others like it are left, it counts only below what it was below.
    const bool known_place = std::ranges::any_of(place, [&](auto above) { return target.count(above) > 0; });
    if (!none_left && !known_place) {
      if (!place.empty() && found.place_gone.empty()) found.place_gone = quoted_line(place.back());
      continue;
    }
    tells = true;
    if (target.count(line.text) == 0 || (!none_left && !stands(target, line.text, place, work))) continue;
    there = false;
    if (odd.empty()) odd = fmt::format("{}, which it takes out of {}, is there", quoted_line(line.text), shown(path));
  }
  if (work <= kMostWork) return tells ? std::optional(there) : std::nullopt;
  found.untold = true;
  odd = fmt::format("{} is too much to tell its parts apart", shown(path));
  return std::nullopt;
}

}  // namespace

Result<FixLines> find_fix_lines(git_repository* repository, const git_oid& base, const git_oid& own,
                                const git_oid& target, const std::vector<std::string>& paths,
                                const std::map<std::string, std::string>& names) {
  FixLines found;
  bool tells = false, all = true;
  for (const auto& path : paths) {
    auto before = file_at(repository, base, path), after = file_at(repository, own, path);
    auto name = names.find(path);
    // What the fix renamed has the name that its new file has there.
    if (name != names.end() && after && !*after &&
        std::ranges::any_of(names, [&](const auto& one) { return one.first != path && one.second == name->second; }))
      name = names.end();
    auto there = file_at(repository, target, name == names.end() ? path : name->second);
    for (const auto* file : {&before, &after, &there})
      if (!*file) return std::unexpected(file->error());
    if (!*after && !*there) continue;
    if (*before && *after && same((*before)->oid, (*after)->oid)) {  // its mode alone
      all = all && *there && same((*there)->oid, (*after)->oid);
      continue;
    }
    if (*after && *there && same((*after)->oid, (*there)->oid)) {
      tells = true;
      continue;
    }
    if (!*after || !*there || (*before && same((*before)->oid, (*there)->oid))) {
      all = false;
      continue;
    }
    auto was = text_at(repository, *before), own_text = text_at(repository, *after), now = text_at(repository, *there);
    for (const auto* text : {&was, &own_text, &now})
      if (!*text) return std::unexpected(text->error());
    if ((*before && *was == nullptr) || *own_text == nullptr || *now == nullptr) {
      all = false;
      continue;
    }
    const auto base_lines = content_of(*was), own_lines = content_of(*own_text), lines = content_of(*now);
    const auto largest = std::max({base_lines.size(), own_lines.size(), lines.size()});
    std::optional<bool> said;
    if (largest <= kLargestOutlined) said = compare(Text(base_lines), Text(own_lines), Text(lines), path, found);
    Placement placement;
    if (largest > kLargest) {
      placement.untold = true;
      placement.odd = fmt::format("{} is too large to be looked through", shown(path));
    } else if (*before) {
      auto placed = find_placement(base_lines, own_lines, lines, path);
      if (!placed) return std::unexpected(placed.error());
      placement = std::move(*placed);
    }
    tells = tells || said || placement.may_stand;
    all = all && (placement.may_stand || said.value_or(false));
    found.untold = found.untold || placement.untold;
    if (found.odd.empty()) found.odd = std::move(placement.odd);
  }
  found.all_there = tells && all;
  return found;
}

}  // namespace hotfixd::git
