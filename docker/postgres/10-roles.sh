#!/bin/sh
# First start of the database container: the two roles and the database, as config/machine/embedded.py makes them.
# The application role owns nothing, so row-level security holds for it.
set -eu

psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
    --set owner_password="$(cat /run/secrets/owner_password)" \
    --set app_password="$(cat /run/secrets/app_password)" <<'SQL'
CREATE ROLE tidemark_owner LOGIN CREATEDB BYPASSRLS PASSWORD :'owner_password';
CREATE ROLE tidemark_app LOGIN PASSWORD :'app_password';
CREATE DATABASE tidemark OWNER tidemark_owner;
REVOKE ALL ON DATABASE tidemark FROM PUBLIC;
GRANT CONNECT ON DATABASE tidemark TO tidemark_app;
SQL
