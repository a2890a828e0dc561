#include "tests/common/scripted_api.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

namespace hotfixd::test {
namespace {

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return text;
}

Asked read_request(const std::string& text) {
  Asked request;
  const auto end = text.find("\r\n\r\n");
  request.body = text.substr(end + 4);
  std::istringstream lines(text.substr(0, end));
  std::string line;
  std::getline(lines, line);
  request.call = line.substr(0, line.rfind(" HTTP/"));
  while (std::getline(lines, line)) {
    if (line.ends_with('\r')) line.pop_back();
    const auto colon = line.find(':');
    if (colon != std::string::npos) request.headers[lower(line.substr(0, colon))] = line.substr(colon + 2);
  }
  return request;
}

std::string written(const Reply& reply) {
  const auto body = !reply.raw.empty() ? reply.raw : reply.body.is_null() ? std::string{} : reply.body.dump();
  std::string out = fmt::format("HTTP/1.1 {} X\r\n", reply.status);
  if (reply.status != 304 && reply.status != 204) out += fmt::format("Content-Length: {}\r\n", body.size());
  if (!body.empty() && reply.raw.empty()) out += "Content-Type: application/json; charset=utf-8\r\n";
  for (const auto& [name, value] : reply.headers) out += fmt::format("{}: {}\r\n", name, value);
  return out + "\r\n" + body;
}

}  // namespace

ScriptedApi::ScriptedApi(std::string root)
    : root_(std::move(root)),
      server_(std::make_unique<ScriptServer>([this](Peer& peer, int) { serve(peer); })),
      host_(fmt::format("127.0.0.1:{}", server_->port())) {}

ScriptedApi::~ScriptedApi() = default;

std::string ScriptedApi::host() const { return host_; }
std::string ScriptedApi::url() const { return "http://" + host_ + root_; }

std::string ScriptedApi::rooted(const std::string& call) const {
  const auto space = call.find(' ');
  return call.substr(0, space + 1) + root_ + call.substr(space + 1);
}

nlohmann::json& ScriptedApi::body(const std::string& call) {
  const std::lock_guard lock(mutex_);
  return standing_.at(rooted(call)).body;
}

void ScriptedApi::on(const std::string& call, Reply reply) {
  const std::lock_guard lock(mutex_);
  standing_[rooted(call)] = std::move(reply);
}

void ScriptedApi::next(const std::string& call, Reply reply) {
  const std::lock_guard lock(mutex_);
  once_[rooted(call)].push_back(std::move(reply));
}

void ScriptedApi::forget(const std::string& call) {
  const std::lock_guard lock(mutex_);
  standing_.erase(rooted(call));
}

std::vector<Asked> ScriptedApi::asked() const {
  const std::lock_guard lock(mutex_);
  return asked_;
}

int ScriptedApi::asked(const std::string& call) const {
  return static_cast<int>(std::ranges::count(asked(), rooted(call), &Asked::call));
}

std::vector<std::string> ScriptedApi::calls() const {
  std::vector<std::string> all;
  for (const auto& one : asked()) {
    const auto path = one.call.find(' ') + 1;
    const bool ours = one.call.compare(path, root_.size(), root_) == 0;
    all.push_back(ours ? one.call.substr(0, path) + one.call.substr(path + root_.size()) : one.call);
  }
  return all;
}

Reply ScriptedApi::answer(const Asked& request) {
  {
    const std::lock_guard lock(mutex_);
    asked_.push_back(request);
    const auto once = once_.find(request.call);
    if (once != once_.end() && !once->second.empty()) {
      auto reply = once->second.front();
      once->second.pop_front();
      return reply;
    }
  }
  if (auto judged = judge(request)) return std::move(*judged);
  const std::lock_guard lock(mutex_);
  const auto standing = standing_.find(request.call);
  if (standing == standing_.end()) return missing();
  const auto match = request.headers.find("if-none-match");
  for (const auto& [name, value] : standing->second.headers)
    if (name == "ETag" && match != request.headers.end() && match->second == value)
      return {304, nullptr, {{"ETag", value}}, {}};
  return standing->second;
}

void ScriptedApi::serve(Peer& peer) {
  for (auto text = peer.request(); !text.empty(); text = peer.request())
    if (!peer.send(written(answer(read_request(text))))) return;
}

}  // namespace hotfixd::test
