#include "bot/cli/replay.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iostream>

#include "bot/cli/chat_input.hpp"
#include "bot/cli/compose.hpp"
#include "bot/cli/config.hpp"
#include "bot/cli/replay_export.hpp"
#include "bot/cli/replay_script.hpp"
#include "bot/cli/transcript.hpp"
#include "bot/domain/cards.hpp"
#include "bot/domain/timeline.hpp"
#include "bot/domain/zone.hpp"
#include "bot/engine/export.hpp"
#include "bot/store/random_ids.hpp"
#include "bot/store/sqlite_store.hpp"
#include "integrations/git/demo.hpp"
#include "integrations/git/workshop.hpp"
#include "integrations/github/webhook.hpp"
#include "integrations/gitlab/webhook.hpp"
#include "integrations/local/render.hpp"
#include "integrations/local/safe_text.hpp"

namespace hotfixd::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using Failure = std::unexpected<std::string>;
using Outcome = std::expected<void, std::string>;

class VirtualClock : public Clock {
 public:
  Time now() const override { return now_; }
  void set(Time t) { now_ = std::max(now_, t); }

 private:
  Time now_{};
};

// A folder that goes away again.
class ThrowAway {
 public:
  ThrowAway() {
    auto name = (fs::temp_directory_path() / "hotfixd-replay-XXXXXX").string();
    if (mkdtemp(name.data()) != nullptr) path_ = name;
  }
  ~ThrowAway() {
    std::error_code ignored;  // a folder left in /tmp harms nobody
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  ThrowAway(const ThrowAway&) = delete;
  ThrowAway& operator=(const ThrowAway&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

std::string local_path(const std::string& url) {
  if (url.starts_with("file://")) return url.substr(7);
  return url.starts_with("/") ? url : std::string{};
}

// People and bot meet in the transcript.
class InMemory final : public ReplayWay {
 public:
  explicit InMemory(Transcript& transcript) : transcript_(transcript) {}

  ChatPlatform& platform() override { return transcript_; }
  void meet(Engine& engine, std::function<Outcome()> settle) override {
    engine_ = &engine;
    settle_ = std::move(settle);
  }
  Outcome bring(const ReplayStep& s, const Person& who, decltype(Delivery::what) what) override {
    std::optional<Result<InboxAnswer>> answer;
    engine_->submit({fmt::format("replay:{}", s.line), s.at, who, s.in, std::move(what)},
                    [&](const Result<InboxAnswer>& a) { answer = a; });
    if (auto settled = settle_(); !settled) return settled;
    if (!answer) return Failure("the engine gave no answer");
    if (!*answer) return Failure(answer->error().what);
    if ((*answer)->reply) transcript_.answered(s.in, who, (*answer)->reply->message);
    return {};
  }
  std::optional<Button> button(const ChannelId& channel, const std::string& id) const override {
    const auto* found = transcript_.button(channel, id);
    return found == nullptr ? std::nullopt : std::optional(*found);
  }

 private:
  Transcript& transcript_;
  Engine* engine_ = nullptr;
  std::function<Outcome()> settle_;
};

class Replay {
 public:
  Replay(Config config, std::ostream& warnings, const MakeWay& make_way)
      : config_(std::move(config)), warnings_(warnings), transcript_(clock_), ids_(store::seeded_ids(1)) {
    way_ = make_way ? make_way(config_, clock_) : std::make_unique<InMemory>(transcript_);
  }

  // Copies of the origins, so that nobody's repository is touched; the demo's where none is on this disk.
  Outcome prepare() {
    if (folder_.path().empty()) return Failure("cannot make a temporary folder");
    for (auto& [name, access] : config_.repositories) {
      const auto home = folder_.path() / name;
      fs::create_directories(home);
      const auto origin = home / "origin.git";
      std::error_code failed;
      if (const auto path = local_path(access.url); !path.empty() && fs::exists(path)) {
        fs::copy(path, origin, fs::copy_options::recursive, failed);
        if (failed) return Failure(fmt::format("cannot copy {}: {}", path, failed.message()));
      } else if (auto made = git::create_demo(home.string()); !made) {
        return Failure(made.error().what);
      }
      access.url = "file://" + origin.string();
      access.token.reset();
      if (access.production.kind == ProductionSource::Kind::deployments) access.production = {};
      auto shop = git::Workshop::open(origin.string());
      if (!shop) return Failure(shop.error().what);
      workshops_[name] = std::move(*shop);
      auto mirror = make_mirror(name, config_, (home / "mirror.git").string(), clock_);
      if (!mirror) return Failure(mirror.error().what);
      mirrors_[name] = std::move(*mirror);
    }
    auto store = store::open_sqlite({.path = ":memory:", .environment = config_.policy.environment}, *ids_);
    if (!store) return Failure(store.error().what);
    store_ = std::move(*store);
    for (auto& repository : config_.policy.repositories) {  // nothing real is done here
      repository.deploys = false;
      repository.regression_test.clear();
    }
    EnginePorts ports{*store_, clock_, *ids_, way_->platform(), {}};
    for (const auto& [name, mirror] : mirrors_) ports.repositories[name] = mirror.get();
    auto options = config_.engine;
    options.workers = 0;
    engine_ = std::make_unique<Engine>(std::move(ports), config_.policy, options);
    auto opened = engine_->open();
    if (!opened) return Failure(opened.error().what);
    way_->meet(*engine_, [this] { return settle(); });
    return {};
  }

  Outcome play(ReplayStep step) {
    if (same_word(step.as, config_.name))
      return Failure(fmt::format("\"as\" is the bot: {} speaks for itself", step.as));
    if (auto passed = pass_time(step.at); !passed) return passed;
    if (step.delivery) return hear(*std::move(step.delivery));
    if (auto filled = fill_in(step.body); !filled) return filled;
    auto done = act(step);
    if (!done) return done;
    return settle();
  }

  bool declared() const {
    const auto last = store_->last_number();
    return last && *last > 0;
  }

  // Every incident in a format of `hotfixd export`, or its timeline.
  std::expected<std::string, std::string> incidents(const std::string& format) const {
    auto heads = store_->heads(true);
    if (!heads) return Failure(heads.error().what);
    std::string out;
    for (const auto& head : *heads) {
      auto events = store_->load(head.id);
      if (!events) return Failure(events.error().what);
      auto counted = store_->counts(head.id);
      if (!counted) return Failure(counted.error().what);
      const auto incident = fold(*events);
      if (!out.empty() && format != "csv") out += "\n";
      if (format.empty())
        out += fmt::format("{} {} {}, {}\n{}\n", incident.id, severity_name(incident.severity, config_.policy),
                           local::safe_line(incident.summary), local::safe_line(incident.channel),
                           local::render_text(timeline_message(incident, config_.policy), config_.policy.zone));
      else
        out += export_text(incident, config_.policy, *counted, format);
    }
    return out;
  }

  std::string channel() const { return transcript_.print(config_.name, config_.policy.zone); }

  std::expected<std::string, std::string> state() const {
    auto heads = store_->heads(true);
    if (!heads) return Failure(heads.error().what);
    json incidents = json::array();
    std::string out;
    for (const auto& head : *heads) {
      auto events = store_->load(head.id);
      if (!events) return Failure(events.error().what);
      const auto counted = store_->counts(head.id);
      if (!counted) return Failure(counted.error().what);
      out += (out.empty() ? "" : ",\n") + export_json(fold(*events), config_.policy, *counted, 1);
    }
    return "{\"incidents\":[" + out + "]}\n";
  }

 private:
  Outcome settle() {
    auto rested = engine_->run_until_idle();
    if (!rested) return Failure(rested.error().what);
    return {};
  }

  // Everything that falls due before the step happens at its own time.
  Outcome pass_time(Time until) {
    if (clock_.now() == Time{}) clock_.set(until);
    while (const auto due = engine_->next_due()) {
      if (*due > until) break;
      const bool late = *due <= clock_.now();
      clock_.set(*due);
      if (auto settled = settle(); !settled) return settled;
      if (const auto next = engine_->next_due(); late && next && *next <= clock_.now())
        break;  // due now: comes with the step
    }
    clock_.set(until);
    return settle();
  }

  // ${sha:REF} in any text becomes that ref's commit on the origin at this moment.
  Outcome fill_in(json& value) {
    if (value.is_structured()) {
      for (auto& part : value)
        if (auto filled = fill_in(part); !filled) return filled;
      return {};
    }
    if (!value.is_string()) return {};
    auto text = value.get<std::string>();
    for (auto from = text.find("${sha:"); from != std::string::npos; from = text.find("${sha:", from)) {
      const auto to = text.find('}', from);
      if (to == std::string::npos) return Failure("\"${sha:\" without \"}\"");
      auto ref = text.substr(from + 6, to - from - 6);
      auto* shop = workshop_for(ref);
      if (shop == nullptr) return Failure("no repository is configured");
      auto sha = shop->resolve(ref);
      if (!sha) return Failure(sha.error().what);
      text.replace(from, to - from + 1, *sha);
      from += sha->size();
    }
    value = text;
    return {};
  }

  // "payments:hotfix/x" is a ref of the repository payments; without a name, of the first one.
  git::Workshop* workshop_for(std::string& ref) {
    if (const auto colon = ref.find(':'); colon != std::string::npos)
      if (const auto it = workshops_.find(ref.substr(0, colon)); it != workshops_.end()) {
        ref.erase(0, colon + 1);
        return it->second.get();
      }
    return workshop("");
  }

  git::Workshop* workshop(const std::string& name) {
    if (config_.policy.repositories.empty()) return nullptr;
    const auto it = workshops_.find(name.empty() ? config_.policy.repositories.front().name : name);
    return it == workshops_.end() ? nullptr : it->second.get();
  }

  Person person(const std::string& name) const {
    for (const auto& p : config_.policy.people)
      if (p.person.id == name || p.person.name == name) return p.person;
    return {name, name};
  }

  Outcome act(const ReplayStep& s) {
    const auto& b = s.body;
    if (b.contains("edit")) return edit(s);
    if (b.contains("react") || b.contains("unreact")) return react(s);
    if (b.contains("delete")) return remove(s);
    if (b.contains("press")) return press(s);
    if (b.contains("hook")) return hook(s);
    if (b.contains("git")) return git_step(s);
    if (b.contains("say")) return say(s);
    return {};
  }

  Outcome submit(const ReplayStep& s, decltype(Delivery::what) what) {
    return way_->bring(s, s.as.empty() ? Person{} : person(s.as), std::move(what));
  }

  // What came from a chat platform, under its own ids.
  Outcome hear(Delivery d) {
    const auto channel = d.channel;
    const auto who = d.actor;
    const bool ours = d.id == kExportDeclares;
    if (const auto* said = std::get_if<chat::Said>(&d.what))
      transcript_.said(channel, who, said->text);
    else if (const auto* line = std::get_if<Delivery::CommandLine>(&d.what))
      transcript_.typed(channel, who, line->text);
    std::optional<Result<InboxAnswer>> answer;
    engine_->submit(std::move(d), [&](const Result<InboxAnswer>& a) { answer = a; });
    if (auto settled = settle(); !settled) return settled;
    if (!answer) return Failure("the engine gave no answer");
    if (!*answer) return Failure(answer->error().what);
    if (const auto& reply = (*answer)->reply; reply) {
      if (ours && reply->refused)
        return Failure("--declare: " + local::render_text(reply->message, config_.policy.zone));
      transcript_.answered(channel, who, reply->message);
    }
    return {};
  }

  Outcome say(const ReplayStep& s) {
    const auto text = s.body["say"].get<std::string>();
    if (auto arguments = command_arguments(text)) {
      transcript_.typed(s.in, person(s.as), text);
      return submit(s, Delivery::CommandLine{std::move(*arguments)});
    }
    const auto id = transcript_.said(s.in, person(s.as), text);
    messages_[s.number] = id;
    last_[s.in] = id;
    return submit(s, chat::Said{id, text});
  }

  std::expected<Transcript::Entry*, std::string> message(const ReplayStep& s, const json& reference) {
    MessageId id;
    if (reference.is_string()) {
      id = last_.contains(s.in) ? last_.at(s.in) : MessageId{};
      if (id.empty()) return Failure(fmt::format("nothing was said in {} yet", s.in));
    } else {
      const auto it = messages_.find(reference.get<std::size_t>());
      if (it == messages_.end()) return Failure(fmt::format("step {} is not a message", reference.get<std::size_t>()));
      id = it->second;
    }
    return transcript_.find(id);
  }

  Outcome edit(ReplayStep s) {
    auto entry = message(s, s.body["edit"]);
    if (!entry) return Failure(entry.error());
    if (!((*entry)->author == person(s.as))) return Failure(fmt::format("{} did not write that message", s.as));
    (*entry)->text = s.body["say"].get<std::string>();
    (*entry)->edited = true;
    s.in = (*entry)->channel;
    return submit(s, chat::Edited{(*entry)->id, (*entry)->text});
  }

  Outcome remove(ReplayStep s) {
    auto entry = message(s, s.body["delete"]);
    if (!entry) return Failure(entry.error());
    if (!((*entry)->author == person(s.as))) return Failure(fmt::format("{} did not write that message", s.as));
    (*entry)->deleted = true;
    s.in = (*entry)->channel;
    return submit(s, chat::Deleted{(*entry)->id});
  }

  Outcome react(ReplayStep s) {
    const bool added = s.body.contains("react");
    auto entry = message(s, s.body["to"]);
    if (!entry) return Failure(entry.error());
    s.in = (*entry)->channel;
    return submit(s, chat::Reacted{(*entry)->id, s.body[added ? "react" : "unreact"].get<std::string>(), added});
  }

  Outcome press(const ReplayStep& s) {
    const auto id = s.body["press"].get<std::string>();
    const auto button = way_->button(s.in, id);
    if (!button) return Failure(fmt::format("no message in {} has a button \"{}\"", s.in, id));
    transcript_.typed(s.in, person(s.as), fmt::format("[{}]", button->label));
    return submit(s, chat::Pressed{button->id, button->value});
  }

  Outcome hook(const ReplayStep& s) {
    const auto& forge = s.body["hook"];
    const auto body = s.body["body"].dump();
    if (forge == "github") return told(s, github::decode(s.body["event"].get<std::string>(), body, config_.policy));
    if (forge == "gitlab") return told(s, gitlab::decode(body, config_.policy));
    return Failure(fmt::format("unknown hook \"{}\"; known: github, gitlab", forge.get<std::string>()));
  }

  template <typename Decoded>
  Outcome told(const ReplayStep& s, Result<Decoded> decoded) {
    if (!decoded) return Failure(decoded.error().what);
    if (!decoded->ignored_because.empty())
      warnings_ << fmt::format("line {}: webhook ignored: {}\n", s.line, decoded->ignored_because);
    std::size_t n = 0;
    for (auto& event : decoded->events) {
      const auto id = fmt::format("replay:hook:{}/{}", s.body.value("delivery", std::to_string(s.line)), ++n);
      std::optional<Result<InboxAnswer>> answer;
      engine_->submit({id, s.at, config_.policy.by_login(event.repository, event.login), {}, std::move(event)},
                      [&](const Result<InboxAnswer>& a) { answer = a; });
      if (auto settled = settle(); !settled) return settled;
      if (answer && !*answer) return Failure(answer->error().what);
    }
    return {};
  }

  Outcome git_step(const ReplayStep& s) {
    const auto& g = s.body["git"];
    auto* shop = workshop(s.body.value("repo", ""));
    if (shop == nullptr) return Failure(fmt::format("repository \"{}\" is not configured", s.body.value("repo", "")));
    const auto name = s.as.empty() ? std::string("dev") : s.as;
    const git::Signature by{name, name + "@example.com", s.at};
    const auto verb = g[0].get<std::string>();
    const auto text = [&](std::size_t n) { return g[n].get<std::string>(); };
    const auto shaped = [&](std::size_t count) {
      if (g.size() != count) return false;
      for (std::size_t n = 1; n < count; ++n)
        if (!g[n].is_string()) return false;
      return true;
    };
    const auto wrong = [&](std::string_view form) {
      return Failure(fmt::format("this git step has the form {}", form));
    };
    const auto plain = [&](auto result) -> Outcome {
      if (!result) return Failure(result.error().what);
      return {};
    };
    if (verb == "commit") {
      if (g.size() != 4 || !g[1].is_string() || !g[2].is_string() || !g[3].is_object())
        return wrong("[\"commit\",branch,subject,{path:content}]");
      git::Files files;
      for (const auto& [path, content] : g[3].items()) {
        if (!content.is_string() && !content.is_null())
          return wrong("[\"commit\",branch,subject,{path:content}], content a text, or null to delete");
        files[path] = content.is_null() ? std::optional<std::string>{} : content.get<std::string>();
      }
      return plain(shop->commit(text(1), text(2), files, by));
    }
    if (verb == "merge")
      return shaped(3) ? plain(shop->merge(text(1), text(2), by)) : Outcome(wrong("[\"merge\",into,from]"));
    if (verb == "squash")
      return shaped(4) ? plain(shop->squash(text(1), text(2), text(3), by))
                       : Outcome(wrong("[\"squash\",into,from,subject]"));
    if (verb == "cherry-pick")
      return shaped(3) ? plain(shop->cherry_pick(text(1), text(2), by)) : Outcome(wrong("[\"cherry-pick\",into,ref]"));
    if (verb == "revert")
      return shaped(3) ? plain(shop->revert(text(1), text(2), by)) : Outcome(wrong("[\"revert\",branch,ref]"));
    if (verb == "branch")
      return shaped(3) ? plain(shop->branch(text(1), text(2))) : Outcome(wrong("[\"branch\",name,from]"));
    if (verb == "tag") return shaped(3) ? plain(shop->tag(text(1), text(2), by)) : Outcome(wrong("[\"tag\",name,ref]"));
    if (verb == "delete") return shaped(2) ? plain(shop->remove(text(1))) : Outcome(wrong("[\"delete\",name]"));
    return Failure(fmt::format(
        "unknown git step \"{}\"; known: commit, merge, squash, cherry-pick, revert, branch, tag, delete", verb));
  }

  Config config_;
  std::ostream& warnings_;
  ThrowAway folder_;
  VirtualClock clock_;
  Transcript transcript_;
  std::unique_ptr<IdSource> ids_;
  std::map<std::string, std::unique_ptr<git::Workshop>> workshops_;
  std::map<std::string, std::unique_ptr<GitRepository>> mirrors_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<ReplayWay> way_;             // gone before the engine that it knows
  std::map<std::size_t, MessageId> messages_;  // step -> message
  std::map<ChannelId, MessageId> last_;
};

std::expected<std::vector<ReplayStep>, std::string> script_of(const ReplayOptions& options) {
  std::ifstream file;
  if (options.file != "-") {
    file.open(options.file);
    if (!file) return Failure("cannot read " + options.file);
  }
  auto steps = read_script(options.file == "-" ? std::cin : file);
  if (!steps) return Failure(fmt::format("line {}: {}", steps.error().line, steps.error().what));
  return std::move(*steps);
}

}  // namespace

int run_replay(const ReplayOptions& options, std::ostream& out, std::ostream& err, const MakeWay& way) {
  auto config = demo_config("/nowhere");
  if (!options.config.empty()) {
    auto loaded = load_config(options.config);
    if (!loaded) {
      for (const auto& e : loaded.error()) err << describe(e, options.config) << "\n";
      return 2;
    }
    config = std::move(*loaded);
  }
  if (!options.zone.empty()) config.policy.zone = options.zone;
  if (const auto wrong = validate(config.policy); !wrong.empty()) {
    for (const auto& sentence : wrong) err << sentence << "\n";
    return 2;
  }
  const auto refused = [&](const std::string& why) {
    err << why << "\n";
    return 2;
  };
  auto steps = options.slack_export.empty() ? script_of(options) : export_steps(options, config, err);
  if (!steps) return refused(steps.error());
  Replay replay(std::move(config), err, way);
  if (auto ready = replay.prepare(); !ready) return refused(ready.error());
  for (auto& step : *steps) {
    const auto line = step.line;
    if (auto played = replay.play(std::move(step)); !played)
      return refused(line == 0 ? played.error() : fmt::format("line {}: {}", line, played.error()));
  }
  if (options.slack_export.empty() && !options.state) {
    out << replay.channel();
    return 0;
  }
  const auto printed = options.state ? replay.state() : replay.incidents(options.format);
  if (!printed) return refused(printed.error());
  if (!options.slack_export.empty() && !replay.declared())
    return refused(
        "Nobody declared an incident in these messages. Say what was broken: --declare \"sev2 500s on /checkout\"");
  out << *printed;
  return 0;
}

}  // namespace hotfixd::cli
