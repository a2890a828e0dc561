#!/bin/sh
# A git server over http on loopback: nginx, fcgiwrap, git http-backend, basic auth.
#   http_server.sh start DIR PORT [HOST [MOVED]]    serves DIR/*.git; over TLS with a certificate for HOST by
#       an authority of its own (DIR/http/ca.pem); what is asked of /moved/ is redirected to MOVED
#   http_server.sh stop DIR
set -e
dir=$2
run=$dir/http
case $1 in
start)
  port=$3
  host=$4
  moved=${5:-http://127.0.0.1:1}
  mkdir -p "$run"
  tls=
  if [ -n "$host" ]; then
    tls=ssl
    new_key='-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes'
    # shellcheck disable=SC2086 # words
    {
      openssl req -x509 $new_key -days 2 -subj '/CN=Authority of a test' -keyout "$run/ca.key" -out "$run/ca.pem"
      openssl req -new $new_key -subj "/CN=$host" -keyout "$run/tls.key" -out "$run/tls.csr"
      echo "subjectAltName=DNS:$host" >"$run/tls.ext"
      openssl x509 -req -in "$run/tls.csr" -days 2 -CA "$run/ca.pem" -CAkey "$run/ca.key" -CAcreateserial \
        -extfile "$run/tls.ext" -out "$run/tls.pem"
    } >"$run/openssl.log" 2>&1 || { cat "$run/openssl.log"; exit 1; }
  fi
  printf 'x-access-token:%s\n' "$(openssl passwd -apr1 s3cret-token)" >"$run/users"
  cat >"$run/nginx.conf" <<CONF
pid $run/nginx.pid;
error_log $run/error.log;
worker_processes 1;
events { worker_connections 64; }
http {
  log_format with_token '\$request_method \$request_uri \$status [\$http_authorization]';
  access_log $run/access.log with_token;
  client_body_temp_path $run/body;
  fastcgi_temp_path $run/fastcgi;
  proxy_temp_path $run/proxy;
  uwsgi_temp_path $run/uwsgi;
  scgi_temp_path $run/scgi;
  server {
    listen 127.0.0.1:$port $tls;
    ${tls:+ssl_certificate $run/tls.pem;}
    ${tls:+ssl_certificate_key $run/tls.key;}
    auth_basic git;
    auth_basic_user_file $run/users;
    client_max_body_size 50m;
    location /moved/ { return 301 $moved\$request_uri; }
    location / {
      fastcgi_pass unix:$run/fcgi.sock;
      fastcgi_param SCRIPT_FILENAME /usr/lib/git-core/git-http-backend;
      fastcgi_param GIT_PROJECT_ROOT $dir;
      fastcgi_param GIT_HTTP_EXPORT_ALL 1;
      fastcgi_param GIT_CONFIG_COUNT 1;
      fastcgi_param GIT_CONFIG_KEY_0 safe.directory;
      fastcgi_param GIT_CONFIG_VALUE_0 *;
      fastcgi_param PATH_INFO \$uri;
      fastcgi_param QUERY_STRING \$query_string;
      fastcgi_param REQUEST_METHOD \$request_method;
      fastcgi_param CONTENT_TYPE \$content_type;
      fastcgi_param CONTENT_LENGTH \$content_length;
      fastcgi_param REMOTE_USER \$remote_user;
      fastcgi_param REMOTE_ADDR \$remote_addr;
    }
  }
}
CONF
  # nginx's worker runs as another user when we are root.
  if [ "$(id -u)" = 0 ]; then sed -i '1i user root;' "$run/nginx.conf"; fi
  # A session of its own: the workers it forks are ended with it.
  setsid fcgiwrap -s "unix:$run/fcgi.sock" -c 2 >"$run/fcgiwrap.log" 2>&1 </dev/null &
  echo $! >"$run/fcgiwrap.pid"
  for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    [ -S "$run/fcgi.sock" ] && break
    sleep 0.1
  done
  /usr/sbin/nginx -p "$run" -c "$run/nginx.conf" >"$run/start.log" 2>&1 </dev/null || { cat "$run/start.log"; exit 1; }
  ;;
stop)
  if [ -f "$run/nginx.pid" ]; then
    pid=$(cat "$run/nginx.pid")
    kill "$pid" 2>/dev/null || true
    for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
  fi
  if [ -f "$run/fcgiwrap.pid" ]; then kill -- "-$(cat "$run/fcgiwrap.pid")" 2>/dev/null || true; fi
  ;;
esac
