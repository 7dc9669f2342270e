#!/bin/bash
# Runs postgres, not as root, after it has made the database if there is none: POSTGRES_USER, POSTGRES_PASSWORD,
# POSTGRES_DB and POSTGRES_INITDB_ARGS, each also as NAME_FILE, POSTGRES_HOST_AUTH_METHOD, and the scripts *.sh, *.sql
# and *.sql.gz of /docker-entrypoint-initdb.d.
set -euo pipefail

[[ ${1-} != -* ]] || set -- postgres "$@"
[[ ${1-} == postgres ]] || exec "$@"

if ((EUID == 0)); then
  mkdir -p "$PGDATA"
  chmod 700 "$PGDATA"
  find "$PGDATA" /var/run/postgresql ! -user postgres -exec chown postgres:postgres {} +
  # It may write to what root opened for it.
  chown postgres:postgres /proc/self/fd/1 /proc/self/fd/2 2>/dev/null || true
  exec setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
fi

# Sets VARIABLE to its value, the contents of VARIABLE_FILE, or a default.
setting() {
  local file=$1_FILE value=${!1-}
  [[ -z ${!file-} ]] || value=$(<"${!file}")
  printf -v "$1" %s "${value:-${2-}}"
}

make_database() {
  setting POSTGRES_USER postgres
  setting POSTGRES_PASSWORD
  setting POSTGRES_DB "$POSTGRES_USER"
  setting POSTGRES_INITDB_ARGS
  local method=${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256} arguments options=
  if [[ -z $POSTGRES_PASSWORD && $method != trust ]]; then
    echo "No password: set POSTGRES_PASSWORD or POSTGRES_PASSWORD_FILE." >&2
    exit 1
  fi
  eval "arguments=($POSTGRES_INITDB_ARGS)"
  initdb --pgdata="$PGDATA" --username="$POSTGRES_USER" --pwfile=<(printf '%s\n' "${POSTGRES_PASSWORD:-unused}") \
    --auth-local=trust "${arguments[@]}"
  printf 'host all all all %s\n' "$method" >>"$PGDATA/pg_hba.conf"

  # Without arguments, printf would make one that is empty.
  (($# < 2)) || options=$(printf ' %q' "${@:2}")
  # Nobody else gets in before it is complete.
  PGUSER=$POSTGRES_USER pg_ctl -w -D "$PGDATA" -o "$options -c listen_addresses=''" start
  export PGUSER=$POSTGRES_USER
  if [[ $POSTGRES_DB != postgres ]]; then
    psql --no-psqlrc --set=ON_ERROR_STOP=1 --set=name="$POSTGRES_DB" --dbname=postgres <<<'CREATE DATABASE :"name";'
  fi
  export PGDATABASE=$POSTGRES_DB
  for script in /docker-entrypoint-initdb.d/*; do
    case $script in
      *.sh) if [[ -x $script ]]; then "$script"; else bash -euo pipefail "$script"; fi ;;
      *.sql) psql --no-psqlrc --set=ON_ERROR_STOP=1 --file="$script" ;;
      *.sql.gz) gunzip -c "$script" | psql --no-psqlrc --set=ON_ERROR_STOP=1 ;;
    esac
  done
  pg_ctl -w -D "$PGDATA" -m fast stop
  unset PGUSER PGDATABASE
}

if [[ ! -s $PGDATA/PG_VERSION ]]; then make_database "$@"; fi
unset POSTGRES_PASSWORD
exec "$@"
