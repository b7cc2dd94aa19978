#!/bin/sh
# Run once by the image of PostgreSQL, on an empty folder: the owner of the tables, and the role that servers run as.
set -eu
psql --set ON_ERROR_STOP=1 --username postgres --dbname postgres \
  --set owner="$(cat /run/secrets/owner-password)" --set server="$(cat /run/secrets/server-password)" <<'SQL'
create role keywright_owner login password :'owner';
create role keywright_server login password :'server';
create database keywright owner keywright_owner encoding 'UTF8' template template0;
SQL
