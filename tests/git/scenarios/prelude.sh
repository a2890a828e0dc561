# The words that scenarios are written in. Every git command is a minute later than the one before, so ids are the same
# in every run.
set -eu
T=${T:-1763600000}
git() {
  T=$((T + 60))
  GIT_AUTHOR_DATE="$T +0000" GIT_COMMITTER_DATE="$T +0000" command git "$@"
}

# branches
hotfix() { git checkout -q -B "${1:-hotfix/x}" v1.0.0; }
on() { git checkout -q "$1"; }
new() { git checkout -q -B "$1"; }
moves() { on "${1:-main}" && echo "$T" >>other.txt && commit unrelated; }

# content
commit() { git add -A && git commit -q -m "$1"; }
line() {
  case $1-$2 in
    coupon-bug) echo '    code = cart["coupon"]' ;;
    coupon-half) echo '    code = cart["coupon"] or None' ;;
    coupon-fix) echo '    code = cart.get("coupon")' ;;
    coupon-own) echo '    code = cart["coupon"].lower()' ;;
    coupon-both) echo '    code = cart.get("coupon", "").lower()' ;;
    coupon-other) echo '    code = cart["coupon"] if "coupon" in cart else None' ;;
    coupon-loose) echo '    code = cart[ "coupon" ]' ;;
    shipping-bug) echo '    each = 500 // count' ;;
    shipping-fix) echo '    each = 500 // max(count, 1)' ;;
    shipping-own) echo '    each = 600 // count' ;;
    tax-bug) echo '    share = RATE // 100 * amount' ;;
    tax-fix) echo '    share = RATE * amount / 100' ;;
    *)
      echo "no line $1-$2" >&2
      return 1
      ;;
  esac
}
# edit FUNCTION STATE [FILE]: the first line of the function
edit() { sed -i "/^def $1(/{n;s|.*|$(line "$1" "$2")|}" "${3:-shop.py}"; }
fix() { for part in "$@"; do edit "$part" fix && commit "fix $part"; done; }
# twin CLASS: mends one of three places that look alike
twin() { sed -i "/^class $1:/,/return/s|whole // count|whole // max(count, 1)|" twins.py; }

# history
merge() { git merge -q --no-ff -m "merge ${1:-hotfix/x}" "${1:-hotfix/x}"; }
squash() { git merge -q --squash "${1:-hotfix/x}" >/dev/null && git commit -q -m squashed; }
pick() { git cherry-pick "$@" >/dev/null; }
revert() { git revert --no-edit "$@" >/dev/null; }
conflicts() {
  if git "$@" >/dev/null 2>&1; then
    echo "no conflict: git $*" >&2
    return 1
  fi
}
# settle [FILE …]: takes main's whole file, to be edited, when a merge or pick has conflicted
ours() { git checkout -q --ours "${@:-shop.py}"; }
done_as() { git add -A && git commit -q -m "$1"; }
