#include "integrations/git/tree_size.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <unordered_map>

#include "integrations/git/trees.hpp"

namespace hotfixd::git {
namespace {

constexpr std::uint64_t kMostFiles = 1'000'000, kMostPathBytes = 256 << 20;
constexpr unsigned kDeepest = 200;
constexpr std::size_t kMostRemembered = 200'000;  // folders

// Below a folder; names are paths from there.
struct Size {
  std::uint64_t files = 0, path_bytes = 0;
  unsigned depth = 0;

  bool too_large() const { return files > kMostFiles || path_bytes > kMostPathBytes || depth > kDeepest; }
};

struct OidHash {
  std::size_t operator()(const git_oid& oid) const {
    std::size_t head = 0;
    std::memcpy(&head, oid.id, sizeof head);
    return head;
  }
};
struct OidEqual {
  bool operator()(const git_oid& a, const git_oid& b) const { return same(a, b); }
};

std::mutex mutex;
std::unordered_map<git_oid, Size, OidHash, OidEqual> known;

std::optional<Size> remembered(const git_oid& tree) {
  const std::lock_guard lock(mutex);
  const auto found = known.find(tree);
  return found == known.end() ? std::nullopt : std::optional(found->second);
}

void remember(const git_oid& tree, const Size& size) {
  const std::lock_guard lock(mutex);
  if (known.size() >= kMostRemembered) known.clear();
  known.emplace(tree, size);
}

// Each folder once; it ends where it is too large, so the numbers stay small.
Result<Size> measured(git_repository* repository, const git_oid& oid, unsigned depth) {
  if (const auto size = remembered(oid)) return *size;
  Size size{.files = 0, .path_bytes = 0, .depth = 1};
  if (depth > kDeepest) return Size{.files = 0, .path_bytes = 0, .depth = kDeepest + 1};
  auto tree = lookup_tree(repository, oid);
  if (!tree) return std::unexpected(tree.error());
  for (std::size_t n = 0; n < git_tree_entrycount(tree->get()) && !size.too_large(); ++n) {
    const git_tree_entry* entry = git_tree_entry_byindex(tree->get(), n);
    const auto name = std::strlen(git_tree_entry_name(entry));
    if (n > 0 && git_tree_entry_cmp(git_tree_entry_byindex(tree->get(), n - 1), entry) >= 0)
      return std::unexpected(
          problem(Problem::Kind::invalid,
                  fmt::format("tree {} is malformed: its names are not each once and in order", short_hex(oid))));
    if (git_tree_entry_type(entry) != GIT_OBJECT_TREE) {
      size.files += 1;
      size.path_bytes += name;
      continue;
    }
    auto below = measured(repository, *git_tree_entry_id(entry), depth + 1);
    if (!below) return below;
    size.files += std::max<std::uint64_t>(1, below->files);  // an empty folder is walked too
    size.path_bytes += below->path_bytes + below->files * (name + 1);
    size.depth = std::max(size.depth, below->depth + 1);
  }
  if (size.depth <= kDeepest) remember(oid, size);  // else that may be where it hangs, and not its own
  return size;
}

}  // namespace

Result<void> check_size(git_repository* repository, const git_oid& tree) {
  auto size = measured(repository, tree, 1);
  if (!size) return std::unexpected(size.error());
  if (!size->too_large()) return {};
  return std::unexpected(
      problem(Problem::Kind::invalid,
              fmt::format("tree {} is too large to be looked at: {}", short_hex(tree),
                          size->files > kMostFiles ? fmt::format("more than {} files", kMostFiles)
                          : size->depth > kDeepest ? fmt::format("folders deeper than {}", kDeepest)
                                                   : fmt::format("paths of more than {} MiB", kMostPathBytes >> 20))));
}

}  // namespace hotfixd::git
