# shellcheck shell=bash disable=SC2154 # Variables of swarm-lab.
# Images: made of Debian's and PyPI's packages by an engine in the network of this machine, and kept in a cache for all
# laboratories of DIRECTORY. An image is made anew when one of the files that it is made of has changed.

cache=$directory/cache

# GROUP NAME CONTEXT OPTION...: what the registry has; `library` is where Docker Hub has its own images. Groups are made
# side by side, the images of a group one after the other.
image_list() {
  local pilito=$package/Tests/Stack/pilito
  cat <<END
postgres library/postgres:15 $parts/images/postgres
redis library/redis:7.0 $parts/images/redis
monitoring prom/prometheus:v2.42.0 $parts/images/prometheus
monitoring prom/alertmanager:v0.25.0 $parts/images/alertmanager
pilito pilito:1 $pilito
pilito pilito:2 $pilito --build-arg VERSION=2
pilito pilito:broken $pilito --build-arg VERSION=broken --build-arg BROKEN=1
vitals vitals:1 $lab/contexts/vitals
END
}

# Brings the cache up to date, one laboratory at a time, and fills the laboratory's registry from it.
provide_images() {
  mkdir -p "$cache/stamps" "$cache/registry"
  exec 9>"$cache/lock"
  flock 9
  make_contexts
  missing_images >"$lab/missing"
  if [[ -s $lab/missing ]]; then make_images; fi
  fill_registry
  exec 9>&-
}

# Puts together the contexts that are no directories of the source.
make_contexts() {
  local python=$lab/contexts/python vitals_context=$lab/contexts/vitals
  mkdir -p "$python" "$vitals_context/root"
  cp "$parts/images/python/Dockerfile" "$python/"
  # Where a proxy has an authority of its own, only this machine knows it.
  cp --dereference /etc/ssl/certs/ca-certificates.crt "$python/"
  {
    echo '[global]'
    echo 'cert = /etc/ssl/certs/ca-certificates.crt'
    [[ -z ${PIP_INDEX_URL-} ]] || echo "index-url = $PIP_INDEX_URL"
  } >"$python/pip.conf"
  # The last stage of the project's own Dockerfile, on what the stage before it makes.
  sed -n '/^FROM scratch/,$p' "$package/Dockerfile" | sed 's,^COPY --from=build [^ ]*,COPY root/,' \
    >"$vitals_context/Dockerfile"
  "$scripts/image-root" "$vitals" "$vitals_context/root"
}

# Prints the lines of image_list that are not in the cache as they are now, each after its fingerprint.
missing_images() {
  local base group image context options print
  base=$(declare -f make_debian && fingerprint "$lab/contexts/python")
  while read -r group image context options; do
    print=$(sha256sum <<<"$options $(fingerprint "$context") $([[ $group == vitals ]] || echo "$base")")
    print=${print%% *}
    [[ -e $(stamp "$image") && $(<"$(stamp "$image")") == "$print" ]] || echo "$print $group $image $context $options"
  done < <(image_list)
}

# fingerprint DIRECTORY: of the names and contents of its files.
fingerprint() {
  (cd "$1" && find . -type f ! -name '*.pyc' -print0 | sort --zero-terminated | xargs -0 sha256sum) | sha256sum
}

stamp() { echo "$cache/stamps/${1//\//_}"; }

make_images() {
  launch_machine builder
  start_engine builder "$cache/builder" --bridge none --iptables=false --ip-forward=false \
    --insecure-registry 198.19.0.0/16
  serve_registry cache "$cache/registry" 5001
  local groups
  mapfile -t groups < <(cut --delimiter ' ' --fields 2 "$lab/missing" | sort --unique)
  [[ ${groups[*]} == vitals ]] || make_debian
  together make_group "${groups[@]}"
  # What is no longer of any image, here and there. Whoever goes back to what was, within a week, need not wait again.
  docker_on builder image prune --force --filter until=168h
  end_machine builder
  in_machine hub docker-registry garbage-collect --delete-untagged "$lab/cache.yml"
}

make_debian() {
  local print path settings options=()
  print=$(declare -f make_debian | sha256sum)
  [[ ! -e $(stamp debian) || $(<"$(stamp debian)") != "$print" ]] || return 0
  for path in doc info locale man; do options+=(--dpkgopt="path-exclude=/usr/share/$path/*"); done
  # What apt-get leaves behind would be in every image.
  settings='Dir::Cache::pkgcache ""; Dir::Cache::srcpkgcache ""; APT::Keep-Downloaded-Packages "false";'
  options+=(--customize-hook="echo '$settings' >\"\$1/etc/apt/apt.conf.d/small\"")
  # shellcheck disable=SC2016 # mmdebstrap's own shell is to expand this
  options+=(--customize-hook='rm -rf "$1"/var/cache/apt/*.bin "$1"/var/cache/apt/archives/*.deb')
  in_machine builder env "TMPDIR=$lab" mmdebstrap --quiet --variant=apt --dpkgopt=force-unsafe-io "${options[@]}" \
    bookworm "$lab/debian.tar"
  docker_on builder import --change 'CMD ["bash"]' "$lab/debian.tar" debian:bookworm-slim
  rm "$lab/debian.tar"
  # The others' first layer: the registry then has it, whichever of them is the next.
  push debian:bookworm-slim library/debian:bookworm-slim
  echo "$print" >"$(stamp debian)"
}

make_group() {
  local print group image context options
  [[ $1 != pilito ]] || build python:3.11-slim-bookworm "$lab/contexts/python" || return
  while read -r print group image context options; do
    [[ $group == "$1" ]] || continue
    # shellcheck disable=SC2086 # options are words
    build "$image" "$context" $options || return
    push "$image" "$image" || return
    echo "$print" >"$(stamp "$image")"
  done <"$lab/missing"
}

# push IMAGE NAME-IN-THE-REGISTRY
push() {
  local target
  target=$(registry_address):5001/$2
  docker_on builder tag "$1" "$target" && docker_on builder push --quiet "$target" && docker_on builder rmi "$target"
}

# build IMAGE CONTEXT OPTION...
build() {
  local image=$1 context=$2 variable proxies=()
  shift 2
  for variable in http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY; do
    [[ -z ${!variable-} ]] || proxies+=(--build-arg "$variable")
  done
  docker_on builder build --network host "${proxies[@]}" "$@" --tag "$image" "$context"
}
