# shellcheck shell=bash disable=SC2154 # Variables of swarm-lab.
# The laboratory as a whole: up, down, status. What it is made of is in $lab/settings.

load_settings() {
  [[ -e $lab/settings ]] || fail "there is no laboratory $name in $directory; swarm-lab up makes one"
  # What is read from there is run as root.
  [[ -O $directory && ! -L $directory && -O $lab && -O $lab/settings ]] || fail "$lab is not root's own"
  # shellcheck source=/dev/null
  . "$lab/settings"
}

bring_up() {
  nodes=$1
  # shellcheck source=scripts/steps.bash
  . "$scripts/steps.bash"
  if [[ -e $lab ]]; then
    load_settings
    show_status || fail "the laboratory $name is there, but not all of it is up; see start, mend and down"
    [[ -z $vitals ]] || step 1800 "Providing the images" provide_images
    tell_how_to_go_on
    return
  fi
  "$scripts/install-dependencies" lab
  [[ -z $with_images || -n $vitals ]] || build_vitals
  claim_directory
  at_exit take_down_after_failure
  network='' cgroup=vitals-lab-$(od -An -N4 -tx4 /dev/urandom | tr -d ' ')
  save_settings

  launch_machine hub --net
  network=$(take_network)
  save_settings
  make_bridge
  [[ -z $with_images ]] || step 1800 "Providing the images" provide_images
  mkdir -p "$lab/registry"
  step 180 "Starting $nodes engines" start_all
  if [[ -n $with_swarm ]]; then step 120 "Making a swarm" make_whole_swarm; fi
  rm "$lab/up.process"
  at_exit ''
  tell_how_to_go_on
}

build_vitals() {
  local build=(swift build --package-path "$package" --configuration release --static-swift-stdlib --product vitals)
  step 1800 "Building vitals" "${build[@]}"
  vitals=$("${build[@]}" --show-bin-path)/vitals
}

# Makes the directory, which nobody else may have made: what is read from it is run as root.
claim_directory() {
  mkdir -p "$(dirname "$directory")"
  [[ -e $directory ]] || mkdir --mode=0700 "$directory"
  [[ -O $directory && ! -L $directory ]] || fail "$directory is not root's own"
  mkdir "$lab" "$lab/data" "$lab/contexts"
  echo "$$ $(start_time "$$")" >"$lab/up.process"
}

save_settings() {
  local variable
  for variable in nodes managers network cgroup; do echo "$variable=${!variable}"; done >"$lab/settings"
}

start_all() {
  local numbers
  mapfile -t numbers < <(seq "$nodes")
  serve_registry registry "$lab/registry" 5000
  together launch_node "${numbers[@]}"
}

make_whole_swarm() {
  make_swarm
  join_nodes
}

take_down_after_failure() {
  echo "Removing what is there of the laboratory."
  rm -f "$lab/up.process"
  take_down
}

take_down() {
  if [[ -e $lab ]]; then
    [[ -O $directory ]] || fail "$directory is not root's own"
    local starter
    # An `up` that is still at work removes what it has made, and does not go on.
    if starter=$(recorded_process up); then "$testbed/end-process" "$starter" TERM; fi
  fi
  if [[ -e $lab ]]; then
    network='' cgroup=''
    [[ ! -e $lab/settings ]] || load_settings
    end_machine hub
    [[ -z $cgroup ]] || "$testbed/remove-cgroups" "$cgroup"
    [[ -z $network ]] || await 10 /dev/null test ! -e "/sys/class/net/$(uplink)"
    rm -rf --one-file-system "${lab:?}"
  fi
  if [[ -n $purge ]]; then rm -rf --one-file-system "${directory:?}/cache"; fi
}

# One line a node and one for the registry; fails if one of them is not up.
show_status() {
  local line numbers status=0
  load_settings
  mapfile -t numbers < <(seq "$nodes")
  printf '%-10s %-15s %-7s %-9s %s\n' NODE ADDRESS ENGINE SWARM CONTAINERS
  # All at once, as an engine may take seconds to answer; a line is written in one piece.
  line=$(together node_status "${numbers[@]}") || status=1
  sort --version-sort <<<"$line"
  line=up
  registry_answers 5000 || line=down status=1
  printf '%-10s %-15s %s\n' registry "$(registry_address)" "$line"
  return "$status"
}

node_status() {
  local node=node$1 engine=up swarm=- containers=- template
  template='{{.Swarm.LocalNodeState}} {{.Swarm.ControlAvailable}} {{.ContainersRunning}}'
  if ! first_process "$node" >/dev/null; then
    engine=off
  elif ! engine_answers "$node" >/dev/null; then
    engine=down
  else
    read -r swarm manager containers < <(docker_on "$node" info --format "$template" 2>/dev/null)
    case $swarm-$manager in
      active-true) swarm=manager ;;
      active-false) swarm=worker ;;
      inactive-*) swarm=none ;;
    esac
    ! is_cut "$1" || engine='cut'
  fi
  printf '%-10s %-15s %-7s %-9s %s\n' "$node" "$(node_address "$1")" "$engine" "$swarm" "$containers"
  [[ $engine == up ]]
}

tell_how_to_go_on() {
  local options=''
  [[ $name == lab ]] || options+=" --name $name"
  [[ $directory == "/var/tmp/vitals-lab-$EUID" ]] || options+=" --directory $directory"
  local self=$scripts/swarm-lab
  cat <<END

The laboratory $name is up. To work on node1:

  export DOCKER_HOST=unix://$lab/node1/docker.sock

Next: \`vitals init\` makes the swarm, and \`$self join$options\` joins the other nodes; then \`vitals deploy\`.
A port that a service publishes by \`mode: host\` is open on the nodes that run it: $(node_address 1) to $(node_address "$nodes").
The nodes push and pull images as registry:5000/NAME; for this machine that is http://$(registry_address):5000.
\`$self down$options\` removes all of it.
END
}
