#include "integrations/git/object_gate.hpp"

#include <fmt/format.h>
#include <git2/sys/mempack.h>
#include <git2/sys/odb_backend.h>

#include <algorithm>
#include <utility>

namespace hotfixd::git {
namespace {

constexpr int kBeforeAllOthers = 1000;

// One more place to look in, before those that are there.
struct Gate : git_odb_backend {
  explicit Gate(const InMemory& limits) : git_odb_backend(GIT_ODB_BACKEND_INIT), limits(limits) {}

  std::vector<git_odb_backend*> behind;  // the database's, and the two below
  git_odb_backend *kept = nullptr, *passing = nullptr;
  std::size_t kept_bytes = 0, passing_bytes = 0;
  std::optional<Problem> refused;
  int passing_scopes = 0;
  const InMemory limits;
  const GitProgress* progress = nullptr;
  unsigned reads = 0;
  bool fetching = false;
  bool stopped = false;
};

Gate& gate_at(git_odb_backend* backend) { return *static_cast<Gate*>(backend); }

int refuse(Gate& gate, int code, int error_class, const std::string& why) {
  git_error_set_str(error_class, why.c_str());
  gate.refused = problem(code == GIT_EUSER ? Problem::Kind::unreachable : Problem::Kind::invalid, why);
  return code;
}

// Whoever has it, and its size; nothing = nobody.
git_odb_backend* holder(const Gate& gate, const git_oid* oid, std::size_t* size, git_object_t* type, int& rc) {
  for (git_odb_backend* one : gate.behind)
    if ((rc = one->read_header(size, type, one, oid)) != GIT_ENOTFOUND) return one;
  return nullptr;
}

Result<void> fetch(Gate& gate, const std::vector<git_oid>& wanted) {
  gate.fetching = true;
  auto fetched = gate.limits.fetch(wanted);
  gate.fetching = false;
  for (git_odb_backend* one : gate.behind)
    if (fetched && one->refresh != nullptr && one->refresh(one) < 0)
      return std::unexpected(last_problem(GIT_ERROR, "reading what was fetched"));
  return fetched;
}

// As holder(), after what is missing was fetched: `rc` says when it could not be.
git_odb_backend* find(Gate& gate, const git_oid* oid, std::size_t* size, git_object_t* type, int& rc) {
  if (auto* one = holder(gate, oid, size, type, rc); one != nullptr || !gate.limits.fetch || gate.fetching) return one;
  git_error_clear();
  if (auto fetched = fetch(gate, {*oid}); !fetched) {
    rc = refuse(gate, GIT_ERROR, GIT_ERROR_NET, fetched.error().what);
    return nullptr;
  }
  return holder(gate, oid, size, type, rc);
}

int read(void** data, std::size_t* size, git_object_t* type, git_odb_backend* backend, const git_oid* oid) {
  Gate& gate = gate_at(backend);
  if (gate.progress != nullptr && !gate.stopped && gate.reads++ % gate.limits.reads_per_question == 0)
    gate.stopped = !(*gate.progress)({});
  if (gate.stopped) return refuse(gate, GIT_EUSER, GIT_ERROR_CALLBACK, "it was cancelled");
  if (gate.kept_bytes + gate.passing_bytes > gate.limits.most_kept)
    return refuse(gate, GIT_EINVALID, GIT_ERROR_NOMEMORY,
                  fmt::format("it takes more than {} MiB of memory", gate.limits.most_kept >> 20));
  gate.refused.reset();
  int rc = GIT_ENOTFOUND;
  git_odb_backend* one = find(gate, oid, size, type, rc);
  if (one == nullptr && rc != GIT_ENOTFOUND) return rc;
  if (one == nullptr || rc < 0) {  // libgit2 asks it, and says what it makes of that
    git_error_clear();
    return GIT_PASSTHROUGH;
  }
  if (*size > gate.limits.largest_object)
    return refuse(gate, GIT_EINVALID, GIT_ERROR_NOMEMORY,
                  fmt::format("file {} is larger than {} MiB", short_hex(*oid), gate.limits.largest_object >> 20));
  if (rc = one->read(data, size, type, one, oid); rc < 0 || *type != GIT_OBJECT_BLOB) return rc;
  const auto* text = static_cast<const char*>(*data);
  if (*size <= gate.limits.most_lines ||
      std::cmp_less_equal(std::count(text, text + *size, '\n'), gate.limits.most_lines))
    return rc;
  git_odb_backend_data_free(&gate, *data);
  *data = nullptr;
  return refuse(gate, GIT_EINVALID, GIT_ERROR_NOMEMORY,
                fmt::format("file {} has more than {} lines", short_hex(*oid), gate.limits.most_lines));
}

// Else libgit2 reads the whole object to know what it is.
int read_header(std::size_t* size, git_object_t* type, git_odb_backend* backend, const git_oid* oid) {
  int rc = GIT_ENOTFOUND;
  return find(gate_at(backend), oid, size, type, rc) != nullptr && rc == 0 ? 0 : rc < 0 ? rc : GIT_ENOTFOUND;
}

int exists(git_odb_backend* backend, const git_oid* oid) {
  const Gate& gate = gate_at(backend);
  return gate.passing->exists(gate.passing, oid) != 0 || gate.kept->exists(gate.kept, oid) != 0 ? 1 : 0;
}

// Never refused: libgit2 would give it to the disk.
int write(git_odb_backend* backend, const git_oid* oid, const void* data, std::size_t size, git_object_t type) {
  Gate& gate = gate_at(backend);
  git_odb_backend* into = gate.passing_scopes > 0 ? gate.passing : gate.kept;
  (into == gate.kept ? gate.kept_bytes : gate.passing_bytes) += size;
  return into->write(into, oid, data, size, type);
}

void free_gate(git_odb_backend* backend) {
  Gate* gate = &gate_at(backend);
  for (git_odb_backend* memory : {gate->kept, gate->passing})
    if (memory != nullptr) memory->free(memory);
  delete gate;
}

OdbHandle objects_of(git_repository* repository) {
  OdbHandle objects;
  if (make(objects, git_repository_odb, repository) < 0) git_error_clear();
  return objects;
}

// Nothing when it has none.
Gate* gate_of(const OdbHandle& objects) {
  git_odb_backend* first = nullptr;
  if (objects && git_odb_get_backend(&first, objects.get(), 0) == 0 && first->read == &read) return &gate_at(first);
  git_error_clear();
  return nullptr;
}

}  // namespace

int put_gate(git_repository* repository, const InMemory& limits) {
  OdbHandle objects;
  std::unique_ptr<Gate, Freer<free_gate>> gate(new Gate(limits));
  gate->read = &read;
  gate->read_header = &read_header;
  gate->write = &write;
  gate->exists = &exists;
  gate->free = &free_gate;
  int rc = make(objects, git_repository_odb, repository);
  if (rc == 0) rc = git_mempack_new(&gate->kept);
  if (rc == 0) rc = git_mempack_new(&gate->passing);
  gate->behind = {gate->passing, gate->kept};
  for (std::size_t n = 0; rc == 0 && n < git_odb_num_backends(objects.get()); ++n) {
    git_odb_backend* one = nullptr;
    rc = git_odb_get_backend(&one, objects.get(), n);
    if (rc == 0) gate->behind.push_back(one);
  }
  if (rc == 0) rc = git_odb_add_backend(objects.get(), gate.get(), kBeforeAllOthers);
  if (rc == 0) gate.release();  // NOLINT(bugprone-unused-return-value): the database frees it
  return rc;
}

Stoppable::Stoppable(git_repository* handle, const GitProgress& progress) : objects_(objects_of(handle)) {
  if (Gate* gate = gate_of(objects_); gate != nullptr && progress) gate->progress = &progress;
}

Stoppable::~Stoppable() {
  if (Gate* gate = gate_of(objects_)) gate->progress = nullptr, gate->stopped = false;
}

bool was_stopped(git_repository* repository) {
  const Gate* gate = gate_of(objects_of(repository));
  return gate != nullptr && gate->stopped;
}

std::optional<Problem> why_refused(git_repository* repository) {
  const Gate* gate = gate_of(objects_of(repository));
  return gate == nullptr ? std::nullopt : gate->refused;
}

Passing::Passing(git_repository* repository) : objects_(objects_of(repository)) {
  if (Gate* gate = gate_of(objects_)) ++gate->passing_scopes;
}

Passing::~Passing() {
  Gate* gate = gate_of(objects_);
  if (gate == nullptr || --gate->passing_scopes > 0) return;
  git_mempack_reset(gate->passing);
  gate->passing_bytes = 0;
}

bool fetches(git_repository* repository) {
  const Gate* gate = gate_of(objects_of(repository));
  return gate != nullptr && gate->limits.fetch;
}

Result<void> fetch_now(git_repository* repository, const std::vector<git_oid>& wanted) {
  Gate* gate = gate_of(objects_of(repository));
  return gate == nullptr || !gate->limits.fetch ? Result<void>{} : fetch(*gate, wanted);
}

std::size_t kept_bytes(git_repository* repository) {
  const Gate* gate = gate_of(objects_of(repository));
  return gate == nullptr ? 0 : gate->kept_bytes;
}

void drop_kept(git_repository* repository) {
  Gate* gate = gate_of(objects_of(repository));
  if (gate == nullptr) return;
  git_mempack_reset(gate->kept);
  gate->kept_bytes = 0;
  gate->refused.reset();
}

}  // namespace hotfixd::git
