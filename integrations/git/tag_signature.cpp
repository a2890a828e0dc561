#include "integrations/git/tag_signature.hpp"

#include <fmt/format.h>

#include "integrations/common/child_process.hpp"
#include "integrations/git/shown_text.hpp"

namespace hotfixd::git {
namespace {

constexpr std::chrono::seconds kLimit{30};
constexpr std::size_t kMostWords = 300;
constexpr std::string_view kStatus = "[GNUPG:]";  // gpg's lines for programs

using OdbObjectHandle = std::unique_ptr<git_odb_object, Freer<git_odb_object_free>>;

Problem refused(std::string what, std::string mend) {
  return {Problem::Kind::refused, "the tag could not be signed: " + what, std::move(mend), {}};
}

// What the signer told people.
std::string words_of(std::string_view errors) {
  std::string words;
  while (!errors.empty()) {
    const auto line = errors.substr(0, errors.find('\n'));
    errors.remove_prefix(std::min(errors.size(), line.size() + 1));
    if (!line.starts_with(kStatus) && line != "Signing data on standard input") words += std::string(line) + " ";
  }
  return shown(words, kMostWords);
}

Result<std::string> sign(std::string_view payload, MirrorOptions::Sign how, const std::string& key) {
  const bool ssh = how == MirrorOptions::Sign::ssh;
  const std::vector<std::string> command =
      ssh ? std::vector<std::string>{"ssh-keygen", "-Y", "sign", "-n", "git", "-f", key}
          : std::vector<std::string>{"gpg", "--batch", "--no-tty", "--status-fd=2", "-bsau", key};
  const auto mend =
      fmt::format("see sign and signing_key of the repository, and try {} by hand as the bot's user", command.front());
  auto ran = common::run_program(command, payload, kLimit, {"LC_ALL=C", "SSH_ASKPASS_REQUIRE=never"});
  if (!ran && ran.error().kind == Problem::Kind::not_found)
    return std::unexpected(refused(command.front() + " is not installed", "install it where the bot runs"));
  if (!ran) return std::unexpected(ran.error());
  if (ran->timed_out)
    return std::unexpected(refused(fmt::format("{} took longer than {} s", command.front(), kLimit.count()),
                                   "a key that asks for a passphrase needs an agent"));
  const auto words = words_of(ran->errors);
  const bool made = ssh ? ran->output.starts_with("-----BEGIN SSH SIGNATURE-----")
                        : ("\n" + ran->errors).contains(fmt::format("\n{} SIG_CREATED ", kStatus));
  if (ran->status != 0 || !made)
    return std::unexpected(refused(
        fmt::format("{} says \"{}\"", command.front(), words.empty() ? fmt::format("status {}", ran->status) : words),
        mend));
  std::string signature;
  for (const char ch : ran->output)
    if (ch != '\r') signature += ch;
  if (!signature.ends_with('\n')) signature += '\n';
  return signature;
}

}  // namespace

Result<void> try_signing(MirrorOptions::Sign how, const std::string& key) {
  auto signature = sign("a trial of hotfixd\n", how, key);
  if (!signature) return std::unexpected(signature.error());
  return {};
}

Result<git_oid> signed_tag(git_repository* from, const git_oid& unsigned_tag, git_repository* into,
                           MirrorOptions::Sign how, const std::string& key) {
  OdbHandle objects, target;
  OdbObjectHandle object;
  int rc = make(objects, git_repository_odb, from);
  if (rc == 0) rc = make(object, git_odb_read, objects.get(), &unsigned_tag);
  if (rc == 0) rc = make(target, git_repository_odb, into);
  if (rc < 0) return std::unexpected(last_problem(rc, "reading the tag to be signed"));
  std::string text(static_cast<const char*>(git_odb_object_data(object.get())), git_odb_object_size(object.get()));
  auto signature = sign(text, how, key);
  if (!signature) return std::unexpected(signature.error());
  text += *signature;
  git_oid made{};
  if (rc = git_odb_write(&made, target.get(), text.data(), text.size(), GIT_OBJECT_TAG); rc < 0)
    return std::unexpected(last_problem(rc, "writing the signed tag"));
  return made;
}

}  // namespace hotfixd::git
