#!/usr/bin/env bash
# Everything that must be true of a change, from a fresh Debian 12: installs what is missing, then runs the
# stages below one after the other. A stage that fails does not keep the others from running.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
# shellcheck source=deploy/packages.sh
. deploy/packages.sh

usage() {
  cat <<'END'
usage: tests/run.sh [STAGE…]

Without a stage: lint, dev and tidy, under 15 minutes on two cores. --all runs everything, under an hour and a half.
  --lint      clang-format and shellcheck, nothing is changed
  --dev       debug build, every test
  --tidy      clang-tidy over the sources of the debug build; a finding is an error
  --sanitize  address and undefined behaviour in every room's tests, and each fuzz target for 20 seconds
  --tsan      data races in the rooms that have threads
  --explore   histories, orders and faults that no run before had, for a quarter of an hour; the others repeat theirs
  --quick     lint and dev
  --all       all of these
  --help      this text
END
}

stages=()
for option in "$@"; do
  case $option in
    --lint | --dev | --tidy | --sanitize | --tsan | --explore) stages+=("${option#--}") ;;
    --quick) stages+=(lint dev) ;;
    --all) stages=(lint dev tidy sanitize tsan explore) ;;
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
if [ ${#stages[@]} -eq 0 ]; then stages=(lint dev tidy); fi

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

# GitHub's own recorded webhooks and OpenAPI description, and Prism: for the tests of integrations/github.
npm_packages() {
  mkdir -p build/npm
  if [ ! -e build/npm/installed ] || ! cmp -s tests/github/package.json build/npm/package.json; then
    rm -f build/npm/installed
    cp tests/github/package.json build/npm/package.json &&
      npm install --no-audit --no-fund --package-lock=false --ignore-scripts --prefix build/npm &&
      touch build/npm/installed || return 1
  fi
  export HOTFIXD_NPM=$root/build/npm/node_modules
}

# build_and_test PRESET TARGETS TESTS: builds those of its executables whose name matches the first pattern, runs the
# tests whose name matches the second. No match is a failure: a check that finds nothing proves nothing.
build_and_test() {
  local preset=$1 wanted=$2 tests=$3 targets
  cmake --preset "$preset"
  mapfile -t targets < <(ninja -C "build/$preset" -t targets all | sed -n 's/^\([A-Za-z0-9_]*\): phony$/\1/p' |
    grep -Ex "$wanted" | sort -u)
  if [ ${#targets[@]} -eq 0 ]; then
    printf 'no target of %s matches %s\n' "$preset" "$wanted"
    return 1
  fi
  cmake --build --preset "$preset" --parallel "$jobs" --target "${targets[@]}"
  ctest --preset "$preset" --parallel 2 --no-tests=error --tests-regex "^($tests)\$" | tee "build/$preset-tests.log"
}

stage_lint() {
  find bot commands integrations tests \( -name '*.cpp' -o -name '*.hpp' \) -print0 |
    xargs -0 clang-format-19 --dry-run -Werror
  shellcheck -x deploy/try deploy/packages.sh tests/run.sh .ci/run
}

# The same seeds every time, so that what turns red is the change: --explore is for others.
stage_dev() {
  local npm=there
  export RC_PARAMS=${RC_PARAMS:-seed=1} HOTFIXD_SEED=${HOTFIXD_SEED:-1}
  npm_packages || npm=missing
  cmake --preset dev
  cmake --build --preset dev --parallel "$jobs"
  ctest --preset dev --parallel 2 | tee build/dev-tests.log
  if [ $npm = missing ]; then
    printf 'the npm packages could not be installed (see npm above), so their tests prove nothing\n'
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

# One build for the sanitizers and the fuzz targets; the simulation and the killing are for real speed.
stage_sanitize() {
  local rooms='domain|commands|store|engine|common|git|github|github_online|gitlab|gitlab_online|local|slack|slack_workspace|cli|net|stories'
  npm_packages || printf 'without the npm packages\n'
  export LSAN_OPTIONS=suppressions=$root/tests/lsan.supp:print_suppressions=0
  build_and_test fuzz "test_($rooms)|fuzz_.*" "$rooms|fuzz_[a-z]+|github_examples"
}

stage_tsan() {
  local rooms='store|engine|git|local|net|slack|slack_workspace'
  build_and_test tsan "test_($rooms)" "$rooms"
}

stage_explore() {
  local failed=0
  cmake --preset dev
  cmake --build --preset dev --parallel "$jobs" --target hotfixd test_faults test_domain
  python3 -B tests/git/scenarios/mergeback_random.py build/dev/hotfixd --explore 420 || failed=1
  python3 -B tests/git/scenarios/mergeback_alike.py build/dev/hotfixd --explore --histories 1500 || failed=1
  build/dev/tests/domain/test_domain --gtest_filter='Properties.*' || failed=1
  build/dev/tests/faults/test_faults --first="$((RANDOM * 1000 + 10000))" --seeds=6000 || failed=1
  return "$failed"
}

mkdir -p build
touch build/.began
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
      sanitize) stage_sanitize ;;
      tsan) stage_tsan ;;
      explore) stage_explore ;;
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
  summary+=("$(printf '%-8s %s, %s s' "$stage" "$verdict" "$((SECONDS - began))")")
  printf '== %s: %s\n' "$stage" "$verdict"
done

printf '\n'
printf '%s\n' "${summary[@]}"
for preset in fuzz tsan dev; do
  if [ "build/$preset-tests.log" -nt build/.began ]; then
    printf '\n%s: ' "$preset"
    sed -n '/tests passed/,$p' "build/$preset-tests.log"
  fi
done
exit "$failed"
