#include "integrations/git/line_endings.hpp"

#include "integrations/git/trees.hpp"

namespace hotfixd::git {
namespace {

constexpr git_object_size_t kLargest = 8 << 20;

enum class Endings { none, lf, crlf, mixed };

Endings endings_of(std::string_view text) {
  if (text.contains('\0')) return Endings::mixed;  // no text
  bool lf = false, crlf = false;
  for (std::size_t at = text.find('\n'); at != text.npos; at = text.find('\n', at + 1))
    (at > 0 && text[at - 1] == '\r' ? crlf : lf) = true;
  return lf && crlf ? Endings::mixed : crlf ? Endings::crlf : lf ? Endings::lf : Endings::none;
}

std::string with_endings(std::string_view text, Endings wanted) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') continue;
    if (text[i] == '\n' && wanted == Endings::crlf) out += '\r';
    out += text[i];
  }
  return out;
}

// Nothing when there is no such file, or it is too large to be source.
Result<std::optional<std::string>> text_at(git_repository* repository, const git_tree* tree, const std::string& path) {
  auto entry = entry_at(tree, path);
  if (!entry) return std::unexpected(entry.error());
  if (!*entry || !is_file((*entry)->mode)) return std::nullopt;
  BlobHandle blob;
  if (const int rc = make(blob, git_blob_lookup, repository, &(*entry)->oid); rc < 0)
    return std::unexpected(damaged(last_problem(rc, "reading " + path)));
  if (git_blob_rawsize(blob.get()) > kLargest) return std::nullopt;
  return std::string(static_cast<const char*>(git_blob_rawcontent(blob.get())),
                     static_cast<std::size_t>(git_blob_rawsize(blob.get())));
}

}  // namespace

Result<std::optional<git_oid>> with_line_endings_of(git_repository* repository, const git_oid& tree,
                                                    const git_oid& base, const git_oid& own,
                                                    const std::vector<std::string>& paths) {
  auto ours = lookup_tree(repository, tree);
  if (!ours) return std::unexpected(ours.error());
  auto before = lookup_tree(repository, base);
  if (!before) return std::unexpected(before.error());
  auto after = lookup_tree(repository, own);
  if (!after) return std::unexpected(after.error());
  std::vector<git_tree_update> updates;
  for (const std::string& path : paths) {
    auto there = text_at(repository, ours->get(), path), then = text_at(repository, before->get(), path),
         wanted = text_at(repository, after->get(), path);
    for (const auto* text : {&there, &then, &wanted})
      if (!*text) return std::unexpected(text->error());
    if (!*there || !*then || !*wanted) continue;
    const Endings now = endings_of(**there), old = endings_of(**then);
    if (now == old || (now != Endings::lf && now != Endings::crlf) || (old != Endings::lf && old != Endings::crlf) ||
        endings_of(**wanted) != old)
      continue;
    const std::string text = with_endings(**there, old);
    git_tree_update update{};
    update.action = GIT_TREE_UPDATE_UPSERT;
    if (const int rc = git_blob_create_from_buffer(&update.id, repository, text.data(), text.size()); rc < 0)
      return std::unexpected(last_problem(rc, "writing a file"));
    auto entry = entry_at(ours->get(), path);
    if (!entry) return std::unexpected(entry.error());
    update.filemode = (*entry)->mode;
    update.path = path.c_str();
    updates.push_back(update);
  }
  if (updates.empty()) return std::nullopt;
  git_oid out{};
  if (const int rc = git_tree_create_updated(&out, repository, ours->get(), updates.size(), updates.data()); rc < 0)
    return std::unexpected(last_problem(rc, "writing a tree"));
  return out;
}

}  // namespace hotfixd::git
