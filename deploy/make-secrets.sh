#!/bin/sh
# Makes the secrets of compose.yaml, once: sh deploy/make-secrets.sh. What is there stays as it is.
set -eu
umask 077
mkdir -p deploy/secrets
cd deploy/secrets
random() { openssl rand -hex 32; }
once() { [ -e "$1" ] || printf '%s' "$2" > "$1"; }
for name in pepper log-key operator-key postgres-password owner-password server-password redis-password; do once "$name" "$(random)"; done
once owner-url "postgres://keywright_owner:$(cat owner-password)@postgres:5432/keywright"
once server-url "postgres://keywright_server:$(cat server-password)@postgres:5432/keywright"
once redis-url "redis://:$(cat redis-password)@redis:6379/0"
once redis.conf "requirepass $(cat redis-password)
appendonly yes
maxmemory-policy noeviction
dir /data
"
# Containers read them as users of their own, and nobody else comes through the folder.
chmod 444 ./*
