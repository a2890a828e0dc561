#include "integrations/slack/tokens.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "integrations/common/form.hpp"
#include "integrations/common/hmac.hpp"
#include "integrations/common/json.hpp"
#include "integrations/slack/api_errors.hpp"

namespace hotfixd::slack {
namespace {

using common::text_at;
using nlohmann::json;

constexpr Seconds kAhead{1800};     // tokens live for twelve hours
constexpr Seconds kTryAgain{60};    // after a renewal that failed
constexpr Seconds kShortest{3600};  // a lifetime that Slack does not say
constexpr std::size_t kLargest = 64 * 1024;
constexpr std::chrono::milliseconds kDeadline{10'000};

// Says which configured refresh token the file's tokens come from, without being one.
std::string line_of(const Rotation& rotation) {
  return common::HmacKey(rotation.refresh_token).sign({"hotfixd: tokens that come from this one"});
}

Problem disk(const std::filesystem::path& file, std::string_view doing) {
  return {Problem::Kind::internal,
          fmt::format("{} {}: {}", doing, file.string(), std::strerror(errno)),
          "make the data folder writable for hotfixd",
          {}};
}

}  // namespace

Tokens::Tokens(net::HttpClient& http, const Clock& clock, std::string url, std::string token,
               std::optional<Rotation> rotation, std::function<void(const Problem&)> report)
    : http_(http),
      clock_(clock),
      url_(std::move(url)),
      rotation_(std::move(rotation)),
      report_(std::move(report)),
      state_{std::move(token), rotation_ ? rotation_->refresh_token : std::string{}, {}} {
  if (rotation_) read_file();
}

std::string Tokens::current() {
  const std::lock_guard lock(mutex_);
  if (rotation_ && clock_.now() + kAhead >= state_.expires_at && clock_.now() >= not_before_) renew_locked();
  return state_.token;
}

bool Tokens::renew(const std::string& used) {
  const std::lock_guard lock(mutex_);
  if (!rotation_) return false;
  if (state_.token == used && clock_.now() >= not_before_) {
    state_.expires_at = {};  // whatever was said of its life
    renew_locked();
  }
  return state_.token != used;
}

void Tokens::read_file() {
  std::ifstream in(rotation_->file, std::ios::binary);
  if (!in) return;  // the first start
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  const auto read = common::parse_json(text, {kLargest, 4, 16});
  if (!read || text_at(*read, "line") != line_of(*rotation_)) return;
  const auto expires = read->find("expires_at");
  State kept{text_at(*read, "token"), text_at(*read, "refresh_token"), {}};
  if (kept.token.empty() || kept.refresh_token.empty() || expires == read->end() || !expires->is_number_integer())
    return;
  kept.expires_at = Time{Seconds{expires->get<std::int64_t>()}};
  if (kept.token != state_.token) state_ = std::move(kept);
}

Result<void> Tokens::write_file(const State& state) const {
  const json kept{{"line", line_of(*rotation_)},
                  {"token", state.token},
                  {"refresh_token", state.refresh_token},
                  {"expires_at", std::chrono::floor<Seconds>(state.expires_at).time_since_epoch().count()}};
  const auto text = kept.dump();
  const auto fresh = fmt::format("{}.{}", rotation_->file.string(), ::getpid());
  const int file = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return std::unexpected(disk(fresh, "cannot write"));
  const bool whole = ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(file) == 0;
  if (::close(file) != 0 || !whole) return std::unexpected(disk(fresh, "cannot write"));
  if (std::rename(fresh.c_str(), rotation_->file.c_str()) != 0)
    return std::unexpected(disk(rotation_->file, "cannot replace"));
  // The name too: after a power cut the old file would hold a refresh token that is used up.
  const auto folder = rotation_->file.parent_path();
  const int directory = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = directory >= 0 && ::fsync(directory) == 0;
  if (directory >= 0) ::close(directory);
  if (!synced) return std::unexpected(disk(folder, "cannot sync"));
  return {};
}

// oauth.v2.access with grant_type=refresh_token. The old refresh token is used up by the answer, so what cannot be
// written down is used all the same, and said.
void Tokens::renew_locked() {
  constexpr std::string_view kMethod = "oauth.v2.access";
  not_before_ = clock_.now() + kTryAgain;
  read_file();  // another process (`check`) may have renewed it
  if (clock_.now() + kAhead < state_.expires_at) return;
  const auto said = [&](Problem problem) {
    if (report_) report_(problem);
  };
  net::ClientRequest request;
  request.method = "POST";
  request.url = url_ + std::string(kMethod);
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
  request.body = common::form_of({{"grant_type", "refresh_token"},
                                  {"refresh_token", state_.refresh_token},
                                  {"client_id", rotation_->client_id},
                                  {"client_secret", rotation_->client_secret}});
  request.deadline = kDeadline;
  const auto answer = http_.send(request);
  if (!answer) return said(answer.error());
  auto read = read_reply({kMethod, static_cast<unsigned>(answer->status), answer->header("retry-after"), answer->body});
  if (!read) return said(std::move(read.error()));
  const auto lifetime = read->find("expires_in");
  State next{text_at(*read, "access_token"), text_at(*read, "refresh_token"), clock_.now() + kShortest};
  if (lifetime != read->end() && lifetime->is_number_integer())
    next.expires_at = clock_.now() + Seconds{lifetime->get<std::int64_t>()};
  if (next.token.empty() || next.refresh_token.empty())
    return said({Problem::Kind::unreachable, "Slack's answer to oauth.v2.access has no tokens", {}, {}});
  if (auto kept = write_file(next); !kept) said(kept.error());
  state_ = std::move(next);
  not_before_ = {};
}

}  // namespace hotfixd::slack
