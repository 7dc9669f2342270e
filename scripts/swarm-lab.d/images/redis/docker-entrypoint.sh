#!/bin/sh
# Options, or a file *.conf, are for redis-server, which does not run as root.
set -eu
case ${1-} in
  -* | *.conf) set -- redis-server "$@" ;;
esac
if [ "$1" = redis-server ]; then
  shift
  # A container's port is for others; the image that this one stands for is compiled so. A file of settings goes first.
  case ${1-} in
    *.conf)
      settings=$1
      shift
      set -- redis-server "$settings" --protected-mode no "$@"
      ;;
    *) set -- redis-server --protected-mode no "$@" ;;
  esac
  umask 0077
  if [ "$(id -u)" = 0 ]; then
    find . ! -user redis -exec chown redis:redis {} +
    exec setpriv --reuid=redis --regid=redis --init-groups "$@"
  fi
fi
exec "$@"
