# shellcheck shell=bash
# Sourced by deploy/try and tests/run.sh: installs what is missing of packages.txt. Asks nothing.

packages_file=$(dirname "${BASH_SOURCE[0]}")/packages.txt

# missing_packages SECTION…: those of packages.txt that are not installed, one per line.
missing_packages() {
  local name command
  awk -v wanted=" $* " '
    /^\[/ { section = substr($1, 2, length($1) - 2); next }
    NF && !/^#/ && index(wanted, " " section " ") { print $1, $2 }' "$packages_file" |
    while read -r name command; do
      if [ -n "$command" ] && PATH=$PATH:/usr/sbin:/sbin command -v "$command" >/dev/null; then continue; fi
      [ "$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null)" = installed ] || printf '%s\n' "$name"
    done
}

# as_root COMMAND…: runs it as root or through sudo without a password; 77 when neither can be.
as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    env DEBIAN_FRONTEND=noninteractive "$@"
  elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    sudo -n env DEBIAN_FRONTEND=noninteractive "$@"
  else
    return 77
  fi
}

# install_packages NAME…: all or nothing, output on stdout. The lists are renewed only when a name is not
# in them or a file they name is gone.
install_packages() {
  local apt=(apt-get -y -q -o Acquire::Retries=3 -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0)
  as_root true || {
    printf 'installing packages needs root, and sudo here is missing or asks for a password. As root, type:\n  apt-get install %s\n' "$*"
    return 77
  }
  if apt-cache --no-all-versions show "$@" >/dev/null 2>&1 &&
    as_root "${apt[@]}" install --no-install-recommends "$@" </dev/null; then
    return 0
  fi
  as_root "${apt[@]}" update </dev/null &&
    as_root "${apt[@]}" install --no-install-recommends "$@" </dev/null
}
