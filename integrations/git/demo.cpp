#include "integrations/git/demo.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

#include "integrations/git/demo_shop.hpp"
#include "integrations/git/handle.hpp"
#include "integrations/git/workshop.hpp"

// The story: 2.4.7 made a cart's coupon null until the customer types one in, and checkout still asks
// the coupon for its code. The tests know only carts with a coupon, so they are green, and checkout
// answers 500 to everybody else. The line of the bug, and what stands around it, is the same on
// v2.4.7, main, develop and release/2.5: one corrected line merges into all of them. VERSION and
// CHANGELOG.md change on release branches only, so that the lines of development merge.

namespace hotfixd::git {
namespace {

using namespace demo_shop;
namespace fs = std::filesystem;

struct Author {
  const char *name, *email;
};
constexpr Author kAlice{"Alice Ahmed", "alice@shop.example"}, kBob{"Bob Berg", "bob@shop.example"},
    kCarol{"Carol Chen", "carol@shop.example"}, kDave{"Dave Diaz", "dave@shop.example"};

// A commit's change to one file: `find`, which occurs exactly once, becomes `put`; an empty `find` makes the file.
struct Edit {
  std::string path, find, put;
};

// Plays the history; after the first problem it does nothing more.
class History {
 public:
  explicit History(Workshop& workshop) : workshop_(workshop) {}

  // The author and UTC time (month, day, hour, minute of 2026) of what follows.
  void by(const Author& who, unsigned month, unsigned day, int hour, int minute) {
    const std::chrono::sys_days midnight = std::chrono::year(2026) / std::chrono::month(month) / std::chrono::day(day);
    signature_ = {who.name, who.email, Time(midnight + std::chrono::hours(hour) + std::chrono::minutes(minute))};
  }
  void commit(const std::string& branch, const std::string& subject, const std::vector<Edit>& edits) {
    Files files;
    for (const auto& edit : edits) {
      if (problem_) return;
      auto& content = files[edit.path];
      if (edit.find.empty()) {
        content = edit.put;
        continue;
      }
      if (!content) {
        auto there = workshop_.read(branch, edit.path);
        if (!there) return note(there);
        content = std::move(*there);
      }
      const auto at = content->find(edit.find);
      if (at == content->npos || content->find(edit.find, at + 1) != content->npos) {
        problem_ = Problem{Problem::Kind::internal,
                           fmt::format("the demo's change \"{}\" does not fit {}", subject, edit.path),
                           {},
                           {}};
        return;
      }
      content->replace(at, edit.find.size(), edit.put);
    }
    if (!problem_) note(workshop_.commit(branch, subject, files, signature_));
  }
  void merge(const std::string& into, const std::string& from) {
    if (!problem_) note(workshop_.merge(into, from, signature_));
  }
  void branch(const std::string& name, const std::string& from) {
    if (!problem_) note(workshop_.branch(name, from));
  }
  void tag(const std::string& name, const std::string& ref) {
    if (!problem_) note(workshop_.tag(name, ref, signature_));
  }
  void remove(const std::string& name) {
    if (!problem_) note(workshop_.remove(name));
  }

  // The bump on a release branch that is cut here from develop.
  void cut_release(const std::string& branch, const std::string& before, const std::string& version,
                   const std::string& day, const std::string& notes) {
    this->branch(branch, "develop");
    commit(branch, "Release " + version,
           {{"VERSION", before, version},
            {"CHANGELOG.md", "# Changelog\n", fmt::format("# Changelog\n\n## {} ({})\n\n{}", version, day, notes)}});
  }
  // git-flow's end of a release: into main, tagged, back into develop, branch gone.
  void finish_release(const std::string& branch, const std::string& tag) {
    merge("main", branch);
    this->tag(tag, "main");
    merge("develop", branch);
    remove(branch);
  }

  Result<void> outcome() const {
    if (problem_) return std::unexpected(*problem_);
    return {};
  }

 private:
  template <typename T>
  void note(const Result<T>& result) {
    if (!result) problem_ = result.error();
  }

  Workshop& workshop_;
  Signature signature_;
  std::optional<Problem> problem_;
};

void until_v2_4_6(History& h) {
  h.by(kAlice, 9, 1, 9, 12);
  h.commit("main", "Shop: carts, coupons and a first checkout",
           {{"README.md", "", kReadme},
            {"VERSION", "", "2.4.4\n"},
            {"CHANGELOG.md", "", "# Changelog\n"},
            {".gitignore", "", "__pycache__/\n"},
            {"src/cart.py", "", kCart},
            {"src/coupons.py", "", kCoupons},
            {"src/checkout.py", "", kCheckout},
            {"src/payment.py", "", kPayment},
            {"tests/__init__.py", "", ""},
            {"tests/test_cart.py", "", kTestCart},
            {"tests/test_checkout.py", "", kTestCheckout}});
  h.branch("develop", "main");
  h.by(kBob, 9, 8, 13, 40);
  h.commit("develop", "Payment: refuse to charge nothing",
           {{"src/payment.py", "    if card.get",
             "    if amount <= 0:\n        raise ValueError(\"nothing to charge\")\n    if card.get"}});
  h.branch("feature/autumn-sale", "develop");
  h.by(kCarol, 9, 10, 8, 55);
  h.commit("feature/autumn-sale", "Coupons: AUTUMN20",
           {{"src/coupons.py", "\"WELCOME10\": 10", "\"WELCOME10\": 10, \"AUTUMN20\": 20"}});
  h.by(kCarol, 9, 11, 10, 20);
  h.commit("feature/autumn-sale", "Coupons: codes in small letters count too",
           {{"src/coupons.py", "coupon.get(\"code\")", "coupon.get(\"code\", \"\").upper()"}});
  h.by(kAlice, 9, 14, 15, 5);
  h.merge("develop", "feature/autumn-sale");
  h.remove("feature/autumn-sale");
  h.by(kAlice, 9, 17, 9, 30);
  h.cut_release("release/2.4.5", "2.4.4", "2.4.5", "2026-09-18",
                "- The autumn sale: coupon AUTUMN20.\n- Nothing is charged for an amount of zero.\n");
  h.by(kAlice, 9, 18, 14, 0);
  h.finish_release("release/2.4.5", "v2.4.5");

  h.by(kDave, 9, 28, 11, 15);
  h.commit(
      "develop", "Cart: refuse quantities below one",
      {{"src/cart.py", "    cart[\"lines\"].append",
        "    if quantity < 1:\n        raise ValueError(\"quantity must be at least 1\")\n    cart[\"lines\"].append"},
       {"tests/test_cart.py", "\n\nif __name__",
        "\n    def test_a_quantity_below_one_is_refused(self):\n        with self.assertRaises(ValueError):\n          "
        "  add(new_cart(\"ada\"), \"mug\", 1200, 0)\n\n\nif __name__"}});
  h.by(kAlice, 10, 8, 9, 10);
  h.cut_release("release/2.4.6", "2.4.5", "2.4.6", "2026-10-09", "- A quantity below one is refused.\n");
  h.by(kAlice, 10, 9, 13, 25);
  h.finish_release("release/2.4.6", "v2.4.6");
}

void the_bug_reaches_production(History& h) {
  h.branch("feature/typed-carts", "develop");
  h.by(kBob, 10, 20, 16, 45);
  h.commit("feature/typed-carts", "Cart: the coupon is null until the customer types one in",
           {{"src/cart.py", "\"coupon\": {}", "\"coupon\": None"}});
  h.by(kBob, 10, 21, 9, 5);
  h.commit("feature/typed-carts", "Cart: say what a cart looks like",
           {{"src/cart.py", "def new_cart(customer):\n",
             "def new_cart(customer):\n    \"\"\"A cart as the API shows it: `coupon` is null or {\"code\": "
             "...}.\"\"\"\n"}});
  h.by(kCarol, 10, 23, 14, 30);
  h.merge("develop", "feature/typed-carts");
  h.remove("feature/typed-carts");
  h.by(kAlice, 11, 4, 9, 20);
  h.cut_release("release/2.4.7", "2.4.6", "2.4.7", "2026-11-05",
                "- API: a cart's coupon is null until there is one.\n");
  h.by(kAlice, 11, 5, 13, 10);
  h.finish_release("release/2.4.7", "v2.4.7");
}

void work_since(History& h) {
  h.branch("feature/gift-cards", "develop");
  h.by(kCarol, 11, 6, 9, 35);
  h.commit("feature/gift-cards", "Gift cards: a balance that can be spent", {{"src/gift_cards.py", "", kGiftCards}});
  h.by(kCarol, 11, 9, 11, 50);
  h.commit(
      "feature/gift-cards", "Payment: decline a gift card that is too short",
      {{"src/payment.py", "    key = ",
        "    if card.get(\"balance\", amount) < amount:\n        raise Declined(card[\"number\"][-4:])\n    key = "},
       {"tests/test_gift_cards.py", "", kTestGiftCards}});
  h.by(kAlice, 11, 9, 16, 20);
  h.merge("develop", "feature/gift-cards");
  h.remove("feature/gift-cards");
  h.by(kAlice, 11, 10, 9, 0);
  h.cut_release("release/2.5", "2.4.7", "2.5.0", "unreleased", "- Gift cards.\n");

  h.by(kDave, 11, 10, 10, 40);
  h.commit("main", "Loyalty: an order earns points",
           {{"src/loyalty.py", "", kLoyalty}, {"tests/test_loyalty.py", "", kTestLoyalty}});
  h.branch("feature/stock", "develop");
  h.by(kBob, 11, 11, 9, 25);
  h.commit("feature/stock", "Stock: what is on the shelf", {{"src/stock.py", "", kStock}});
  h.by(kBob, 11, 11, 15, 55);
  h.commit(
      "feature/stock", "Checkout: no order for what is not on the shelf",
      {{"src/checkout.py", "import charge\n", "import charge\nfrom src.stock import check\n"},
       {"src/checkout.py", "        raise EmptyCart()\n", "        raise EmptyCart()\n    check(cart[\"lines\"])\n"}});
  h.by(kDave, 11, 12, 12, 5);
  h.commit("main", "Checkout: pay with points, first half",
           {{"src/loyalty.py", "amount // 100\n", std::string("amount // 100\n") + kRedeem},
            {"src/checkout.py", "import percent_off\n", "import percent_off\nfrom src.loyalty import earn, redeem\n"},
            {"src/checkout.py", "    amount = total(cart)\n    receipt",
             "    amount = redeem(cart[\"customer\"], total(cart))\n    receipt"}});
  h.by(kCarol, 11, 12, 14, 15);
  h.merge("develop", "feature/stock");
  h.remove("feature/stock");
  h.by(kBob, 11, 13, 10, 10);
  h.commit("develop", "Stock: restock the mugs", {{"src/stock.py", "\"mug\": 40", "\"mug\": 90"}});
  h.by(kDave, 11, 13, 17, 40);
  h.commit(
      "main", "WIP loyalty: earn after the charge (tests are still red)",
      {{"src/checkout.py", "charge(card, amount)\n", "charge(card, amount)\n    earn(cart[\"customer\"], amount)\n"}});
}

Result<void> build_origin(const std::string& path) {
  git_repository_init_options options = GIT_REPOSITORY_INIT_OPTIONS_INIT;
  options.flags = GIT_REPOSITORY_INIT_BARE | GIT_REPOSITORY_INIT_NO_REINIT | GIT_REPOSITORY_INIT_MKDIR;
  options.initial_head = "main";
  options.description = "shop";
  RepositoryHandle repository;
  if (const int rc = make(repository, git_repository_init_ext, path.c_str(), &options); rc < 0)
    return std::unexpected(last_problem(rc, "making the demo's origin"));
  auto workshop = Workshop::open(path);
  if (!workshop) return std::unexpected(workshop.error());
  History history(**workshop);
  until_v2_4_6(history);
  the_bug_reaches_production(history);
  work_since(history);
  return history.outcome();
}

enum class Standing { absent, sound, half_made };

Result<Standing> examine(const fs::path& origin) {
  const auto type = fs::symlink_status(origin).type();
  if (type == fs::file_type::not_found) return Standing::absent;
  const std::string mend = "move it away and run this again";
  if (!fs::is_directory(origin))
    return std::unexpected(
        Problem{Problem::Kind::exists_elsewhere, fmt::format("'{}' is not a directory", origin.string()), mend, {}});
  RepositoryHandle repository;
  if (make(repository, git_repository_open_bare, origin.c_str()) < 0) {
    // Somebody's working copy under this name is no wreck of ours.
    if (make(repository, git_repository_open_ext, origin.c_str(), GIT_REPOSITORY_OPEN_NO_SEARCH, nullptr) < 0)
      return Standing::half_made;
    return std::unexpected(Problem{Problem::Kind::exists_elsewhere,
                                   fmt::format("'{}' is a working copy, not the demo's origin", origin.string()),
                                   mend,
                                   {}});
  }
  git_strarray names{};
  const int rc = git_reference_list(&names, repository.get());
  const auto count = names.count;
  git_strarray_dispose(&names);
  if (rc == 0 && count == 0) return Standing::half_made;
  auto workshop = Workshop::open(origin.string());
  if (!workshop) return std::unexpected(workshop.error());
  for (const auto* ref : {"refs/tags/v2.4.5", "refs/tags/v2.4.6", "refs/tags/v2.4.7", "refs/heads/main"}) {
    auto found = (*workshop)->read(ref, "src/checkout.py");
    if (found) continue;
    const bool foreign = found.error().kind == Problem::Kind::not_found;
    return std::unexpected(Problem{foreign ? Problem::Kind::exists_elsewhere : Problem::Kind::corrupt,
                                   fmt::format("'{}' is not a sound demo: {}", origin.string(), found.error().what),
                                   mend,
                                   {}});
  }
  return Standing::sound;
}

// In single quotes for a shell.
std::string quoted_for_shell(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

Result<void> write_readme(const fs::path& dir) {
  const auto path = dir / "README.md";
  if (fs::exists(path)) return {};
  const auto text = fmt::format(R"(# A shop to try hotfixd on

`origin.git` stands for the shop's repository on the server. Tag v2.4.7 is in production; `main` has
unfinished work on it, `develop` the next features, `release/2.5` the next release.

The bug: since 2.4.7 a cart's coupon is null until the customer types one in, and checkout answers
500 to everybody without a coupon.

Have the bot cut the branch: in the channel, type

    /hotfix declare sev2 500s spiking on /checkout
    /hotfix branch checkout-500

Then mend one line and push it:

    git clone {0} shop
    cd shop
    git switch hotfix/checkout-500
    sed -i 's/percent_off(cart\["coupon"\])$/& if cart["coupon"] else 0/' src/checkout.py
    git commit -am 'Checkout: a cart without a coupon has no discount'
    git push

Once it is shipped, merge it back to every line that needs it; the bot looks, and asks until it is so:

    for line in main develop release/2.5; do
      git switch $line && git merge --no-ff --no-edit hotfix/checkout-500 && git push
    done

To begin again, delete this folder.
)",
                                quoted_for_shell((dir / "origin.git").string()));
  const auto unfinished = dir / ".README.md.new";
  std::ofstream file(unfinished, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  if (!file)
    return std::unexpected(Problem{Problem::Kind::internal, fmt::format("cannot write '{}'", path.string()), {}, {}});
  fs::rename(unfinished, path);
  return {};
}

// Holds the workspace for one process; given back when destroyed.
class DirectoryLock {
 public:
  explicit DirectoryLock(const fs::path& dir) : file_(::open(dir.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {}
  ~DirectoryLock() {
    if (file_ >= 0) ::close(file_);
  }
  DirectoryLock(const DirectoryLock&) = delete;
  DirectoryLock& operator=(const DirectoryLock&) = delete;

  // Tries for ten seconds.
  Result<void> take(const fs::path& dir) const {
    for (int attempt = 0; attempt < 200; ++attempt) {
      if (file_ >= 0 && ::flock(file_, LOCK_EX | LOCK_NB) == 0) return {};
      if (file_ < 0 || (errno != EWOULDBLOCK && errno != EINTR)) break;
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    if (errno == EWOULDBLOCK)
      return std::unexpected(Problem{
          Problem::Kind::locked, fmt::format("another process is making the demo in '{}'", dir.string()), {}, {}});
    return std::unexpected(Problem{
        Problem::Kind::internal, fmt::format("cannot lock '{}': {}", dir.string(), std::strerror(errno)), {}, {}});
  }

 private:
  int file_;
};

Result<bool> create_in(const fs::path& dir) {
  fs::create_directories(dir);
  const DirectoryLock lock(dir);
  if (auto taken = lock.take(dir); !taken) return std::unexpected(taken.error());
  const auto origin = dir / "origin.git", unfinished = dir / ".origin.git.new";
  fs::remove_all(unfinished);  // of an interrupted run: nobody else is at it, we hold the lock
  const auto standing = examine(origin);
  if (!standing) return std::unexpected(standing.error());
  if (auto written = write_readme(dir); !written) return std::unexpected(written.error());
  if (*standing == Standing::sound) return false;
  if (auto built = build_origin(unfinished.string()); !built) return std::unexpected(built.error());
  if (*standing == Standing::half_made) {
    auto aside = fs::path(origin.string() + ".broken");
    for (int n = 2; fs::exists(fs::symlink_status(aside)); ++n)
      aside = fs::path(fmt::format("{}.broken-{}", origin.string(), n));
    fs::rename(origin, aside);
  }
  fs::rename(unfinished, origin);
  return true;
}

}  // namespace

Result<bool> create_demo(const std::string& dir) {
  if (dir.empty()) return std::unexpected(Problem{Problem::Kind::invalid, "the demo needs a directory", {}, {}});
  if (auto started = start_library(); !started) return std::unexpected(started.error());
  try {
    return create_in(fs::absolute(dir));
  } catch (const fs::filesystem_error& error) {
    const auto kind = error.code() == std::errc::no_space_on_device ? Problem::Kind::full : Problem::Kind::refused;
    return std::unexpected(Problem{kind, fmt::format("cannot make the demo in '{}': {}", dir, error.what()), {}, {}});
  }
}

}  // namespace hotfixd::git
