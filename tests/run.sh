#!/usr/bin/env bash
# Everything that must be true of a change, from a fresh Debian 12: installs what is missing, then runs the
# stages below one after the other. A stage that fails does not keep the others from running.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
# shellcheck source=deploy/packages.sh
. deploy/packages.sh

fuzz_seconds=20
usage() {
  cat <<'END'
usage: tests/run.sh [STAGE…]

Without a stage: lint and dev. The others build the tree again in another way and take longer; --all runs everything.
  --lint    clang-format and shellcheck, nothing is changed
  --dev     debug build, every test (--quick is the same)
  --tidy    clang-tidy over the sources of the debug build; a finding is an error
  --asan    address and undefined behaviour: the pure rooms, the store and the readers of outside bytes
  --fuzz    every fuzz target for 20 seconds
  --all     all of these
  --help    this text
END
}

stages=()
for option in "$@"; do
  case $option in
    --quick | --dev) stages+=(dev) ;;
    --lint | --tidy | --asan | --fuzz) stages+=("${option#--}") ;;
    --all) stages=(lint dev tidy asan fuzz) ;;
    --help | -h)
      usage
      exit 0
      ;;
    *)
      printf "tests/run.sh: unknown option '%s'\n\n" "$option" >&2
      usage >&2
      exit 2
      ;;
  esac
done
if [ ${#stages[@]} -eq 0 ]; then stages=(lint dev); fi

# One cache for every checkout of the same sources.
export CCACHE_NOHASHDIR=1 CCACHE_BASEDIR=$root

# A compiler process may take a gigabyte.
jobs=$(nproc)
room=$(awk '/^MemAvailable:/ { print int($2 / 1250000) }' /proc/meminfo)
if [ "${room:-1}" -lt "$jobs" ]; then jobs=$((room > 0 ? room : 1)); fi

install_missing() {
  local missing
  mapfile -t missing < <(missing_packages build test lint)
  if [ ${#missing[@]} -eq 0 ]; then return 0; fi
  printf 'installing %s\n' "${missing[*]}"
  install_packages "${missing[@]}" >build/packages.log 2>&1 || {
    tail -n 40 build/packages.log
    return 1
  }
}

# GitHub's own recorded webhooks, which the tests of integrations/github read.
webhook_examples() {
  local index=build/npm/node_modules/@octokit/webhooks-examples/api.github.com/index.json
  mkdir -p build/npm
  if [ ! -r "$index" ] || ! cmp -s tests/github/package.json build/npm/package.json; then
    cp tests/github/package.json build/npm/package.json &&
      npm install --no-audit --no-fund --package-lock=false --prefix build/npm || return 1
  fi
  export HOTFIXD_WEBHOOK_EXAMPLES=$root/${index%/api.github.com/index.json}
  [ -r "$index" ]
}

# targets_of PRESET PREFIX: names of its executables that begin so.
targets_of() {
  ninja -C "build/$1" -t targets all | sed -n "s/^\($2[A-Za-z0-9_]*\): phony\$/\1/p" | sort -u
}

stage_lint() {
  find bot commands integrations tests \( -name '*.cpp' -o -name '*.hpp' \) -print0 |
    xargs -0 clang-format-19 --dry-run -Werror
  shellcheck -x deploy/try deploy/packages.sh tests/run.sh .ci/run
}

stage_dev() {
  local examples=there
  webhook_examples || examples=missing
  cmake --preset dev
  cmake --build --preset dev --parallel "$jobs"
  ctest --preset dev --parallel 2 | tee build/dev-tests.log
  if [ $examples = missing ]; then
    printf 'the recorded webhooks could not be installed (see npm above), so their tests prove nothing\n'
    return 1
  fi
}

stage_tidy() {
  [ -e build/dev/compile_commands.json ] || cmake --preset dev
  run-clang-tidy-19 -quiet -j "$jobs" -p build/dev '/(bot|commands|integrations)/.*\.cpp$' >build/tidy.log 2>&1 || {
    grep -vE '^[0-9]+ warnings? generated|^\[.*clang-tidy|^$' build/tidy.log
    return 1
  }
}

stage_asan() {
  local rooms=(domain commands store engine local github cli) found=() targets target name
  webhook_examples || printf 'without the recorded webhooks\n'
  cmake --preset asan
  mapfile -t targets < <(targets_of asan test_)
  for target in "${targets[@]}"; do
    for name in "${rooms[@]}"; do
      if [ "$target" = "test_$name" ]; then found+=("$name"); fi
    done
  done
  if [ ${#found[@]} -eq 0 ]; then
    printf 'none of the rooms has tests\n'
    return 1
  fi
  cmake --build --preset asan --parallel "$jobs" --target "${found[@]/#/test_}"
  ctest --preset asan --parallel 2 --tests-regex "^($(IFS='|' && printf '%s' "${found[*]}"))\$"
}

# Seeds lie in tests/fuzz/corpus/NAME for the target fuzz_NAME; what a run adds stays in build/.
stage_fuzz() {
  local targets target name program corpus
  cmake --preset fuzz
  mapfile -t targets < <(targets_of fuzz fuzz_)
  if [ ${#targets[@]} -eq 0 ]; then
    printf 'there are no fuzz targets\n'
    return 1
  fi
  cmake --build --preset fuzz --parallel "$jobs" --target "${targets[@]}"
  for target in "${targets[@]}"; do
    name=${target#fuzz_}
    program=$(find build/fuzz -type f -name "$target" -perm -u+x -print -quit)
    corpus=("build/fuzz/corpus/$name")
    if [ -d "tests/fuzz/corpus/$name" ]; then corpus+=("tests/fuzz/corpus/$name"); fi
    mkdir -p "${corpus[0]}"
    printf 'fuzzing %s for %s s\n' "$name" "$fuzz_seconds"
    "$program" -max_total_time="$fuzz_seconds" -timeout=10 -rss_limit_mb=2048 -verbosity=0 -print_final_stats=1 \
      -artifact_prefix="build/fuzz/$name-" "${corpus[@]}" 2>&1 | tail -n 60
  done
}

mkdir -p build
install_missing

summary=()
failed=0
for stage in "${stages[@]}"; do
  printf '\n== %s\n' "$stage"
  began=$SECONDS
  # Not in a condition: there `set -e` would not count inside.
  set +e
  (
    set -e
    case $stage in
      lint) stage_lint ;;
      dev) stage_dev ;;
      tidy) stage_tidy ;;
      asan) stage_asan ;;
      fuzz) stage_fuzz ;;
    esac
  )
  status=$?
  set -e
  if [ "$status" -eq 0 ]; then
    verdict=passed
  else
    verdict=FAILED
    failed=1
  fi
  summary+=("$(printf '%-5s %s, %s s' "$stage" "$verdict" "$((SECONDS - began))")")
  printf '== %s: %s\n' "$stage" "$verdict"
done

printf '\n'
printf '%s\n' "${summary[@]}"
if [ -e build/dev-tests.log ] && [[ " ${stages[*]} " == *" dev "* ]]; then
  sed -n '/tests passed/,$p' build/dev-tests.log
fi
exit "$failed"
