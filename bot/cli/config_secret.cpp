#include "bot/cli/config_secret.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ostream>

namespace hotfixd::cli {
namespace {

constexpr std::size_t kMaxSecret = 64 * 1024;

using Outcome = std::expected<Secret, SecretError>;

Outcome from_environment(const std::string& name) {
  const auto origin = "env:" + name;
  if (name.empty()) return std::unexpected(SecretError{"'env:' names no variable", "write env: and a variable's name"});
  const char* value = std::getenv(name.c_str());
  if (value == nullptr || *value == '\0')
    return std::unexpected(
        SecretError{fmt::format("the environment variable {} is {}", name, value == nullptr ? "not set" : "empty"),
                    fmt::format("set {} for the process, or name a file with file:PATH", name)});
  return Secret(value, origin);
}

// The descriptor is opened once and judged itself, so that nobody can swap the file between look and read.
struct OpenFile {
  int fd = -1;
  explicit OpenFile(const std::string& path) : fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
  ~OpenFile() {
    if (fd >= 0) ::close(fd);
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
};

Outcome from_file(const std::string& path) {
  const auto refuse = [](std::string what, std::string mend) {
    return std::unexpected(SecretError{std::move(what), std::move(mend)});
  };
  const OpenFile file(path);
  if (file.fd < 0)
    return refuse(fmt::format("{} cannot be read: {}", path, std::strerror(errno)),
                  "make the file readable for the bot's user");
  struct stat about{};
  if (::fstat(file.fd, &about) != 0 || !S_ISREG(about.st_mode))
    return refuse(fmt::format("{} is not a file", path), "name a regular file that holds the secret");
  if ((about.st_mode & S_IRWXO) != 0)
    return refuse(fmt::format("{} is open to every user of this machine", path), fmt::format("chmod 600 {}", path));

  std::string value(kMaxSecret + 1, '\0');
  std::size_t length = 0;
  while (length < value.size()) {
    const auto n = ::read(file.fd, value.data() + length, value.size() - length);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return refuse(fmt::format("{} cannot be read: {}", path, std::strerror(errno)), "check the file");
    if (n == 0) break;
    length += static_cast<std::size_t>(n);
  }
  if (length > kMaxSecret)
    return refuse(fmt::format("{} is larger than 64 KiB", path), "name the file that holds only the secret");
  value.resize(length);
  if (value.ends_with('\n')) value.pop_back();
  if (value.ends_with('\r')) value.pop_back();
  if (value.empty()) return refuse(fmt::format("{} is empty", path), "write the secret into the file");
  return Secret(std::move(value), "file:" + path);
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const Secret& secret) {
  return out << "<secret from " << secret.origin() << '>';
}

std::optional<SecretError> wrong_place(std::string_view reference) {
  for (const std::string_view form : {"env:", "file:"})
    if (reference.starts_with(form) && reference.size() > form.size()) return std::nullopt;
  return SecretError{"a secret must not stand in the configuration file itself",
                     "write \"env:NAME\" or \"file:PATH\", and change the secret if it was shared with this file"};
}

std::expected<Secret, SecretError> read_secret(std::string_view reference, const std::filesystem::path& base_dir) {
  if (reference.starts_with("env:")) return from_environment(std::string(reference.substr(4)));
  if (auto wrong = wrong_place(reference)) return std::unexpected(std::move(*wrong));
  return from_file((base_dir / reference.substr(5)).lexically_normal());
}

}  // namespace hotfixd::cli
