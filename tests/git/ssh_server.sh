#!/bin/sh
# An sshd on loopback with keys of its own.
#   ssh_server.sh prepare DIR PORT;  ssh_server.sh start DIR;  ssh_server.sh rekey DIR;  ssh_server.sh stop DIR
set -e
dir=$2
run=$dir/ssh
case $1 in
prepare)
  port=$3
  mkdir -p "$run"
  if [ "$(id -u)" = 0 ]; then mkdir -p /run/sshd; fi
  for key in host good wrong other; do ssh-keygen -q -t ed25519 -N '' -f "$run/$key"; done
  ssh-keygen -q -t ed25519 -N 'open sesame' -f "$run/locked"
  cat "$run/good.pub" "$run/locked.pub" >"$run/authorized_keys"
  chmod 600 "$run/authorized_keys"
  echo "[127.0.0.1]:$port $(cut -d' ' -f1,2 "$run/host.pub")" >"$run/known_hosts"
  echo "[127.0.0.1]:1 $(cut -d' ' -f1,2 "$run/host.pub")" >"$run/unknown_hosts"
  cat >"$run/sshd_config" <<CONF
ListenAddress 127.0.0.1
Port $port
HostKey $run/host
PidFile $run/sshd.pid
AuthorizedKeysFile $run/authorized_keys
StrictModes no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin yes
UsePAM no
SetEnv GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0=*
CONF
  ;;
start)
  /usr/sbin/sshd -f "$run/sshd_config" -E "$run/sshd.log" </dev/null
  ;;
rekey)
  cp "$run/other" "$run/host"
  cp "$run/other.pub" "$run/host.pub"
  ;;
stop)
  if [ -f "$run/sshd.pid" ]; then
    pid=$(cat "$run/sshd.pid")
    kill "$pid" 2>/dev/null || true
    for i in 1 2 3 4 5 6 7 8 9 10; do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
  fi
  ;;
esac
