#include "integrations/git/shell_command.hpp"

#include "integrations/common/child_process.hpp"

namespace hotfixd::git {
namespace {

std::string trim(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const std::size_t from = text.find_first_not_of(kBlank);
  if (from == std::string_view::npos) return {};
  return std::string(text.substr(from, text.find_last_not_of(kBlank) - from + 1));
}

}  // namespace

Result<std::string> first_line_of(const std::string& command, std::chrono::milliseconds limit) {
  auto ran = common::run_program({"/bin/sh", "-c", command}, "", limit);
  if (!ran) return std::unexpected(std::move(ran.error()));
  if (ran->timed_out)
    return std::unexpected(Problem{Problem::Kind::unreachable,
                                   "the command for the production tag took too long",
                                   "it must print the tag within " + std::to_string(limit.count() / 1000) + " s",
                                   {}});
  if (ran->status != 0)
    return std::unexpected(
        Problem{Problem::Kind::refused,
                "the command for the production tag failed with status " + std::to_string(ran->status),
                "run it by hand",
                {}});
  const std::string line = trim(std::string_view(ran->output).substr(0, ran->output.find('\n')));
  if (line.empty())
    return std::unexpected(
        Problem{Problem::Kind::refused, "the command for the production tag printed nothing", "run it by hand", {}});
  return line;
}

}  // namespace hotfixd::git
