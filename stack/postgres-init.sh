# Runs once, in an empty volume, after the database and its owner were made: what Vitals needs, and no more than that.
# shellcheck shell=bash
psql --no-psqlrc --set=ON_ERROR_STOP=1 --username="$POSTGRES_USER" --dbname="$POSTGRES_DB" <<'END'
CREATE EXTENSION IF NOT EXISTS pg_stat_statements;
\set password `cat /run/secrets/vitals_postgres_password`
CREATE ROLE vitals LOGIN PASSWORD :'password' IN ROLE pg_monitor;
END
