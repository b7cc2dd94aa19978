#!/usr/bin/env bash
# Installs the programs that the whole test suite uses, from Debian's (or Ubuntu's) own packages, and starts none of them:
# the tests start their own processes on free ports and in temporary folders. What is already there is left as it is.
set -euo pipefail

say() { printf '%s\n' "install-test-services: $*"; }

postgres_there() { command -v postgres >/dev/null 2>&1 || compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null; }
redis_there() { command -v redis-server >/dev/null 2>&1 || [ -x /usr/bin/redis-server ]; }
nginx_there() { command -v nginx >/dev/null 2>&1 || [ -x /usr/sbin/nginx ]; }
haproxy_there() { command -v haproxy >/dev/null 2>&1 || [ -x /usr/sbin/haproxy ]; }
caddy_there() { command -v caddy >/dev/null 2>&1 || [ -x /usr/bin/caddy ]; }
chromium_there() { [ -x "${CHROMIUM_PATH:-/usr/bin/chromium}" ]; }

missing=()
if chromium_there; then say 'chromium is there'; else missing+=(chromium fonts-liberation); fi
if postgres_there; then say 'PostgreSQL is there'; else missing+=(postgresql); fi
if redis_there; then say 'redis-server is there'; else missing+=(redis-server); fi
if nginx_there; then say 'nginx is there'; else missing+=(nginx-light); fi
if haproxy_there; then say 'haproxy is there'; else missing+=(haproxy); fi
if caddy_there; then say 'caddy is there'; else missing+=(caddy); fi

if [ "${#missing[@]}" -eq 0 ]; then
  say 'nothing to install'
  exit 0
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
    as_root=(sudo -n)
  else
    say "missing: ${missing[*]}. This user is not root and cannot use sudo without a password." >&2
    say "Please have an administrator run: apt-get install ${missing[*]}" >&2
    exit 1
  fi
fi
if ! command -v apt-get >/dev/null 2>&1; then
  say "missing: ${missing[*]}. There is no apt-get here: install them with this system's own package manager." >&2
  exit 1
fi

say "will install these packages with apt-get: ${missing[*]} (no service is started, no database cluster is created)"

root() { "${as_root[@]+"${as_root[@]}"}" "$@"; }

# Exit code 101 of this file tells Debian's package scripts to start no service (RUNLEVEL=1 does the same for the older ones).
policy=/usr/sbin/policy-rc.d
made_policy=no
clean_up() { if [ "$made_policy" = yes ]; then root rm -f "$policy"; fi; }
trap clean_up EXIT
if [ ! -e "$policy" ]; then
  made_policy=yes
  printf '#!/bin/sh\nexit 101\n' | root tee "$policy" >/dev/null
  root chmod 755 "$policy"
fi

install_packages() {
  root env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -q --no-install-recommends \
    -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 "$@"
}

root apt-get update -q -o DPkg::Lock::Timeout=300

if [[ " ${missing[*]} " == *' postgresql '* ]]; then
  # The common package comes first, so that its setting can be changed before a cluster would be created.
  install_packages postgresql-common
  settings=/etc/postgresql-common/createcluster.conf
  say "sets create_main_cluster = false in $settings"
  root sed -i -E 's/^#?[[:space:]]*create_main_cluster[[:space:]]*=.*/create_main_cluster = false/' "$settings"
  root grep -q '^create_main_cluster = false' "$settings" || echo 'create_main_cluster = false' | root tee -a "$settings" >/dev/null
fi
install_packages "${missing[@]}"

chromium_there || { say 'chromium is still missing after the installation' >&2; exit 1; }
postgres_there || { say 'PostgreSQL is still missing after the installation' >&2; exit 1; }
redis_there || { say 'redis-server is still missing after the installation' >&2; exit 1; }
nginx_there || { say 'nginx is still missing after the installation' >&2; exit 1; }
haproxy_there || { say 'haproxy is still missing after the installation' >&2; exit 1; }
caddy_there || { say 'caddy is still missing after the installation' >&2; exit 1; }
say 'done'
