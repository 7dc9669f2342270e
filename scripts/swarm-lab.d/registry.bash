# shellcheck shell=bash disable=SC2154 # Variables of swarm-lab.
# Registries, on the hub: the laboratory's own, and while images are made the one of the cache.

# serve_registry NAME STORAGE PORT
serve_registry() {
  cat >"$lab/$1.yml" <<END
version: 0.1
log: {level: warn, accesslog: {disabled: true}}
storage: {filesystem: {rootdirectory: $2}, delete: {enabled: true}}
http: {addr: "$(registry_address):$3"}
END
  serve_in hub docker-registry serve "$lab/$1.yml"
  await 20 "$lab/hub.log" registry_answers "$3"
}

registry_answers() { curl --silent --fail --noproxy '*' --max-time 3 "http://$(registry_address):$1/v2/" >/dev/null; }

# Gives the laboratory's registry a copy of the cache's images. Blobs are never written to again, so they are links.
fill_registry() {
  local store=docker/registry/v2
  mkdir -p "$lab/registry/$store"
  cp --archive --link "$cache/registry/$store/blobs" "$lab/registry/$store/"
  cp --archive "$cache/registry/$store/repositories" "$lab/registry/$store/"
}
