# More words, for random histories. Files are a, b, c and d, whatever they are called by now; what fails is left out.
now() { for n in "$1"*.txt; do [ -e "$n" ] && echo "$n" && return; done; echo "$1.txt"; }
put() { f=$(now "$1") && touch "$f" && sed -i "$2s|.*|$3|" "$f"; }
add() { f=$(now "$1") && touch "$f" && sed -i "$2a\\$3" "$f"; }
cut() { f=$(now "$1") && touch "$f" && sed -i "$2d" "$f"; }
move() { f=$(now "$1") && [ -e "$f" ] && git mv "$f" "$1$2.txt" || true; }
drop() { rm -f "$(now "$1")"; }
clean() { git reset -q --hard && git clean -qfd; }
# keep NAME: commits what there is, and gives it a name
keep() { git add -A && { git commit -q -m "$1" >/dev/null || true; } && git tag -f "$1" >/dev/null; }
# try HOW NAME COMMAND…: a git command; when it conflicts, HOW is drop, ours, theirs or both (all lines kept)
try() {
  how=$1 name=$2
  shift 2
  if ! git "$@" >/dev/null 2>&1; then
    case $how in
      ours | theirs) clean && git "$@" -X "$how" >/dev/null 2>&1 || clean ;;
      both)
        find . -name '*.txt' -exec sed -i '/^\(<<<<<<<\|=======\|>>>>>>>\)/d' {} +
        git add -A && git commit -q -m "$name" >/dev/null || clean
        ;;
      *) clean ;;
    esac
  fi
  git tag -f "$name" >/dev/null
}
sync() { try "$1" "$2" merge -q --no-ff -m "sync $2" "$3"; }
whole() { try "$1" "$2" merge -q --no-ff -m "$2" "${3:-hotfix/x}"; }
flat() { try "$1" "$2" merge -q --squash hotfix/x && { git commit -q -m "$2" >/dev/null || clean; } && git tag -f "$2" >/dev/null; }
copy() {
  m='' && if git rev-parse -q --verify "$3^2" >/dev/null; then m='-m 1'; fi
  # shellcheck disable=SC2086
  try "$1" "$2" cherry-pick $m "$3"
}
undo() {
  m='' && if git rev-parse -q --verify "$3^2" >/dev/null; then m='-m 1'; fi
  # shellcheck disable=SC2086
  try "$1" "$2" revert --no-edit $m "$3"
}
more() { git add -A && git commit -q --amend --no-edit >/dev/null 2>&1 || clean; }
rebased() { # onto the branch that is checked out
  here=$(git symbolic-ref --short HEAD) && git checkout -q -B rebased hotfix/x
  git rebase -q "$here" >/dev/null 2>&1 || { git rebase --abort && clean; }
  on "$here" && { git merge -q --ff-only rebased >/dev/null 2>&1 || true; }
}
