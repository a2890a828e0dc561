#include "integrations/git/mirror.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "integrations/git/object_gate.hpp"
#include "integrations/git/shown_text.hpp"
#include "integrations/git/trees.hpp"

namespace hotfixd::git {
namespace {

namespace fs = std::filesystem;
constexpr const char* kUrlKey = "hotfixd.url";
constexpr const char* kPrivate = "refs/hotfixd/";
constexpr const char* kKeep = "refs/hotfixd/keep/";
constexpr int kMostMovedAside = 9;

bool is_public(std::string_view ref) { return ref.starts_with("refs/heads/") || ref.starts_with("refs/tags/"); }

// Of an origin on this machine; nothing when it is none or its url would have to be decoded.
std::optional<std::string> folder_of(const std::string& url) {
  constexpr std::string_view kFile = "file://";
  if (url.starts_with(kFile)) {
    if (url.size() <= kFile.size() || url[kFile.size()] != '/' || url.contains('%')) return std::nullopt;
    return url.substr(kFile.size());
  }
  return url.starts_with('/') ? std::optional(url) : std::nullopt;
}

// Does the folder look like a bare repository, however damaged?
bool looks_like_repository(const std::string& path) {
  std::error_code ignored;
  return fs::exists(path + "/objects", ignored) &&
         (fs::exists(path + "/refs", ignored) || fs::exists(path + "/config", ignored));
}

bool empty_or_absent(const std::string& path) {
  std::error_code error;
  return !fs::exists(path, error) || (fs::is_directory(path, error) && fs::is_empty(path, error));
}

Result<std::string> url_of(git_repository* repository) {
  ConfigHandle config;
  git_buf buffer = GIT_BUF_INIT;
  int rc = make(config, git_repository_config, repository);
  if (rc == 0) rc = git_config_get_string_buf(&buffer, config.get(), kUrlKey);
  std::string url = rc == 0 ? std::string(buffer.ptr, buffer.size) : std::string();
  git_buf_dispose(&buffer);
  if (rc < 0) return std::unexpected(last_problem(rc, "reading the mirror's url"));
  return url;
}

}  // namespace

Result<std::unique_ptr<Mirror>> Mirror::open(std::string path, Origin origin) {
  std::unique_ptr<Mirror> mirror(new Mirror(std::move(path), std::move(origin)));
  if (empty_or_absent(mirror->path_)) {
    if (auto created = mirror->create(); !created) return std::unexpected(created.error());
    return mirror;
  }
  if (!looks_like_repository(mirror->path_))
    return std::unexpected(Problem{Problem::Kind::invalid,
                                   mirror->path_ + " is neither empty nor a mirror",
                                   "give the mirror a folder of its own",
                                   {}});
  auto opened = mirror->open_handles();
  if (opened) {
    const auto url = url_of(mirror->repository_.get());
    if (!url && url.error().kind == Problem::Kind::not_found)
      return std::unexpected(Problem{Problem::Kind::invalid,
                                     mirror->path_ + " is a git repository but not a mirror of ours",
                                     "give the mirror a folder of its own",
                                     {}});
    if (url && *url != mirror->origin_.url)
      return std::unexpected(Problem{Problem::Kind::invalid,
                                     fmt::format("the mirror in {} belongs to {}", mirror->path_, *url),
                                     "give each repository a folder of its own, or remove the old mirror",
                                     {}});
    if (!url) opened = std::unexpected(url.error());
  }
  if (opened) opened = mirror->read_refs();
  if (!opened) {
    if (auto remade = mirror->remake(); !remade) return std::unexpected(remade.error());
  }
  return mirror;
}

Result<void> Mirror::create() {
  git_repository_init_options options = GIT_REPOSITORY_INIT_OPTIONS_INIT;
  options.flags = GIT_REPOSITORY_INIT_BARE | GIT_REPOSITORY_INIT_MKPATH | GIT_REPOSITORY_INIT_NO_REINIT;
  options.initial_head = "hotfixd";
  RepositoryHandle made;
  ConfigHandle config;
  int rc = make(made, git_repository_init_ext, path_.c_str(), &options);
  if (rc == 0) rc = make(config, git_repository_config, made.get());
  if (rc == 0) rc = git_config_set_string(config.get(), kUrlKey, origin_.url.c_str());
  if (rc < 0) return std::unexpected(last_problem(rc, "making the mirror in " + path_));
  refs_.clear();
  ++generation_;
  verified_ = true;  // nothing in it yet
  return open_handles();
}

Result<void> Mirror::open_handles() {
  close_handles();
  int rc = make(repository_, git_repository_open_bare, path_.c_str());
  if (rc == 0) rc = make(scratch_, git_repository_open_bare, path_.c_str());
  if (rc == 0) rc = put_gate(scratch_.get(), InMemory{});
  if (rc < 0) {
    Problem problem = last_problem(rc, "opening the mirror in " + path_);
    close_handles();
    return std::unexpected(std::move(problem));
  }
  return {};
}

void Mirror::close_handles() {
  scratch_.reset();
  repository_.reset();
}

// After a re-making that failed half-way there may be no repository at all.
Result<void> Mirror::ensure_open() {
  if (repository_) return {};
  if (empty_or_absent(path_)) return create();
  if (auto opened = open_handles(); !opened) return remake();
  return read_refs();
}

Result<void> Mirror::remake() {
  close_handles();
  ++epoch_;
  std::error_code error;
  for (int n = 1; n <= kMostMovedAside; ++n) {
    const std::string aside = fmt::format("{}.corrupt-{}", path_, n);
    if (fs::exists(aside, error)) continue;
    fs::rename(path_, aside, error);
    if (error)
      return std::unexpected(Problem{Problem::Kind::internal,
                                     fmt::format("moving the damaged mirror {} aside: {}", path_, error.message()),
                                     "",
                                     {}});
    return create();
  }
  return std::unexpected(
      Problem{Problem::Kind::corrupt,
              fmt::format("the mirror {} is damaged, and so were {} before it", path_, kMostMovedAside),
              "check the disk, then remove the folders named .corrupt-<n>",
              {}});
}

Result<void> Mirror::read_refs() {
  refs_.clear();
  ReferenceIteratorHandle iterator;
  if (const int rc = make(iterator, git_reference_iterator_new, repository_.get()); rc < 0)
    return std::unexpected(last_problem(rc, "reading the mirror's refs"));
  int rc = 0;
  while (true) {
    ReferenceHandle ref;
    if ((rc = make(ref, git_reference_next, iterator.get())) < 0) break;
    if (is_public(git_reference_name(ref.get())) && git_reference_target(ref.get()) != nullptr)
      refs_.emplace(git_reference_name(ref.get()), *git_reference_target(ref.get()));
  }
  ++generation_;
  verified_ = false;
  if (rc != GIT_ITEROVER) return std::unexpected(last_problem(rc, "reading the mirror's refs"));
  return {};
}

Result<void> Mirror::verify() {
  for (const auto& [name, oid] : refs_) {
    if (!name.starts_with("refs/heads/")) continue;
    auto commit = lookup_commit(repository_.get(), oid);
    if (commit) {
      auto tree = lookup_tree(repository_.get(), *git_commit_tree_id(commit->get()));
      if (tree) continue;
    }
    return std::unexpected(
        Problem{Problem::Kind::corrupt, fmt::format("the mirror in {} lacks the commit of {}", path_, name), "", {}});
  }
  verified_ = true;
  return {};
}

Result<void> Mirror::fetch(Deadline deadline, const GitProgress& progress) {
  if (auto opened = ensure_open(); !opened) return opened;
  auto fetched = fetch_once(deadline, progress);
  if (fetched && !verified_) fetched = verify();
  if (fetched || fetched.error().kind != Problem::Kind::corrupt) return fetched;
  if (auto remade = remake(); !remade) return remade;
  return fetch_once(deadline, progress);
}

// Are the refs of an origin that is a folder what they were? Reads them alone: libgit2's conversation with a folder
// opens the repository, reads its configuration and peels every tag first, a millisecond each time. When in doubt, no.
bool Mirror::unchanged_on_disk() {
  const std::optional<std::string> folder = folder_of(origin_.url);
  if (!folder || !verified_) return false;
  int rc = origin_on_disk_ ? 0 : make(origin_on_disk_, git_repository_open, folder->c_str());
  ReferenceIteratorHandle iterator;
  if (rc == 0) rc = make(iterator, git_reference_iterator_new, origin_on_disk_.get());
  std::size_t same_as_before = 0;
  while (rc == 0) {
    ReferenceHandle ref;
    if ((rc = make(ref, git_reference_next, iterator.get())) < 0) break;
    const git_oid* oid = git_reference_target(ref.get());
    if (!is_public(git_reference_name(ref.get()))) continue;
    const auto known = refs_.find(git_reference_name(ref.get()));
    if (oid == nullptr || known == refs_.end() || !same(known->second, *oid)) return false;
    ++same_as_before;
  }
  git_error_clear();
  if (rc != GIT_ITEROVER) origin_on_disk_.reset();
  return rc == GIT_ITEROVER && same_as_before == refs_.size() && !refs_.empty();
}

Result<void> Mirror::fetch_once(Deadline deadline, const GitProgress& progress) {
  if (unchanged_on_disk()) return {};
  Conversation conversation(repository_.get(), origin_, deadline, progress);
  auto listed = conversation.list();
  if (!listed) return std::unexpected(listed.error());
  OdbHandle objects;
  if (const int rc = make(objects, git_repository_odb, repository_.get()); rc < 0)
    return std::unexpected(last_problem(rc, "opening the mirror's objects"));
  bool changed = listed->size() != refs_.size(), missing = false;
  for (const RemoteRef& ref : *listed) {
    const auto known = refs_.find(ref.name);
    if (known != refs_.end() && same(known->second, ref.oid)) continue;
    changed = true;
    missing = missing || git_odb_exists(objects.get(), &ref.oid) == 0;
  }
  if (!changed) return {};
  if (missing) {
    if (auto got = conversation.download({"refs/heads/*", "refs/tags/*"}); !got) return got;
  }
  return update_refs(*listed, progress);
}

Result<void> Mirror::download(const std::vector<std::string>& refs, std::size_t limit, Deadline deadline,
                              const GitProgress& progress) {
  Conversation conversation(repository_.get(), origin_, deadline, progress);
  if (auto listed = conversation.list(); !listed) return std::unexpected(listed.error());
  return conversation.download(refs, limit);
}

Result<void> Mirror::update_refs(const std::vector<RemoteRef>& listed, const GitProgress& progress) {
  std::map<std::string, git_oid> wanted;
  for (const RemoteRef& ref : listed) wanted.emplace(ref.name, ref.oid);
  ++generation_;
  // What went first: "a" must be gone before "a/b" can be.
  for (auto known = refs_.begin(); known != refs_.end();) {
    if (wanted.contains(known->first)) {
      ++known;
      continue;
    }
    if (const int rc = git_reference_remove(repository_.get(), known->first.c_str()); rc < 0)
      return std::unexpected(last_problem(rc, "removing " + known->first));
    known = refs_.erase(known);
  }
  for (const auto& [name, oid] : wanted) {
    const auto known = refs_.find(name);
    if (known != refs_.end() && same(known->second, oid)) continue;
    if (known != refs_.end() && name.starts_with("refs/tags/")) {
      if (const auto old = commit_of(name)) {
        if (auto kept = keep(*old); !kept) return kept;
      }
      if (progress)
        progress(fmt::format("{} was moved on the origin from {} to {}", shown(name), short_hex(known->second),
                             short_hex(oid)));
    }
    ReferenceHandle made;
    if (const int rc = make(made, git_reference_create, repository_.get(), name.c_str(), &oid, 1, nullptr); rc < 0)
      return std::unexpected(last_problem(rc, "updating " + name));
    refs_[name] = oid;
  }
  return {};
}

Result<void> Mirror::create_ref(const std::string& ref, const git_oid& oid, Deadline deadline,
                                const GitProgress& progress) {
  Conversation conversation(repository_.get(), origin_, deadline, progress);
  if (auto pushed = conversation.create_ref(ref, oid); !pushed) return pushed;
  ReferenceHandle made;
  if (const int rc = make(made, git_reference_create, repository_.get(), ref.c_str(), &oid, 1, nullptr); rc < 0)
    return std::unexpected(last_problem(rc, "noting " + ref));
  refs_[ref] = oid;
  ++generation_;
  return {};
}

Result<void> Mirror::delete_ref(const std::string& ref, const git_oid& oid, Deadline deadline,
                                const GitProgress& progress) {
  if (const auto commit = commit_of(ref)) {
    if (auto kept = keep(*commit); !kept) return kept;
  }
  Conversation conversation(repository_.get(), origin_, deadline, progress);
  if (auto pushed = conversation.delete_ref(ref, oid); !pushed) return pushed;
  if (const int rc = git_reference_remove(repository_.get(), ref.c_str()); rc < 0)
    return std::unexpected(last_problem(rc, "removing " + ref));
  refs_.erase(ref);
  ++generation_;
  return {};
}

Result<void> Mirror::keep(const git_oid& commit) {
  const std::string name = kKeep + to_hex(commit);
  git_oid present{};
  if (git_reference_name_to_id(&present, repository_.get(), name.c_str()) == 0) return {};
  ReferenceHandle made;
  if (const int rc = make(made, git_reference_create, repository_.get(), name.c_str(), &commit, 1, nullptr); rc < 0)
    return std::unexpected(last_problem(rc, "keeping " + short_hex(commit)));
  return {};
}

Result<void> Mirror::note(const std::string& name, const git_oid& commit) {
  const auto known = noted(name);
  if (known && same(*known, commit)) return {};
  ReferenceHandle made;
  if (const int rc =
          make(made, git_reference_create, repository_.get(), (kPrivate + name).c_str(), &commit, 1, nullptr);
      rc < 0)
    return std::unexpected(last_problem(rc, "noting " + short_hex(commit)));
  ++notes_;
  return {};
}

std::optional<git_oid> Mirror::noted(const std::string& name) const {
  git_oid oid{};
  if (git_reference_name_to_id(&oid, repository_.get(), (kPrivate + name).c_str()) < 0) {
    git_error_clear();
    return std::nullopt;
  }
  return has(oid) ? std::optional(oid) : std::nullopt;
}

Result<std::map<std::string, git_oid>> Mirror::noted_below(const std::string& folder) const {
  const std::string start = kPrivate + folder;
  std::map<std::string, git_oid> notes;
  ReferenceIteratorHandle iterator;
  int rc = make(iterator, git_reference_iterator_glob_new, repository_.get(), (start + "*").c_str());
  const char* name = nullptr;
  while (rc == 0 && (rc = git_reference_next_name(&name, iterator.get())) == 0) {
    const std::string rest = std::string(name).substr(start.size());
    if (const auto commit = noted(folder + rest)) notes.emplace(rest, *commit);
  }
  if (rc != GIT_ITEROVER) return std::unexpected(last_problem(rc, "reading the notes " + folder));
  git_error_clear();
  return notes;
}

bool Mirror::has(const git_oid& commit) const {
  CommitHandle handle;
  const bool found = make(handle, git_commit_lookup, repository_.get(), &commit) == 0;
  if (!found) git_error_clear();
  return found;
}

std::optional<git_oid> Mirror::commit_of(const std::string& ref) const {
  const auto known = refs_.find(ref);
  if (known == refs_.end()) return std::nullopt;
  ObjectHandle object, commit;
  int rc = make(object, git_object_lookup, repository_.get(), &known->second, GIT_OBJECT_ANY);
  if (rc == 0) rc = make(commit, git_object_peel, object.get(), GIT_OBJECT_COMMIT);
  if (rc < 0) {
    git_error_clear();
    return std::nullopt;
  }
  return *git_object_id(commit.get());
}

const std::vector<VersionTag>& Mirror::version_tags() {
  if (version_tags_of_ == generation_) return version_tags_;
  version_tags_.clear();
  constexpr std::string_view kTags = "refs/tags/";
  for (auto ref = refs_.lower_bound(std::string(kTags)); ref != refs_.end() && ref->first.starts_with(kTags); ++ref) {
    const std::string name = ref->first.substr(kTags.size());
    auto version = parse_version(name);
    if (!version || !is_utf8(name)) continue;  // a name that nobody can type is no version
    if (const auto commit = commit_of(ref->first)) version_tags_.push_back({name, std::move(*version), *commit});
  }
  version_tags_of_ = generation_;
  return version_tags_;
}

}  // namespace hotfixd::git
