# shellcheck shell=bash disable=SC2154 # Variables of swarm-lab.
# Nodes: a machine with a Docker engine each. The engine's data is outside of the machine and survives it.

# docker_on MACHINE ARGUMENT...: the docker command, for the engine of a machine.
docker_on() {
  local machine=$1
  shift
  DOCKER_CONFIG=$lab/cli docker --host "unix://$lab/$machine/docker.sock" "$@"
}

# start_engine MACHINE DATA OPTION...
start_engine() {
  local machine=$1 data=$2 home=$lab/$1
  shift 2
  mkdir -p "$data"
  # Else options of this machine's own engine would count.
  echo '{}' >"$home/daemon.json"
  # Before the builds and tests of this machine: an engine that has to wait for some seconds is taken for dead by the others.
  serve_in "$machine" nice --adjustment -10 dockerd --data-root "$data" --exec-root "$home/exec" --pidfile "$home/docker.pid" \
    --config-file "$home/daemon.json" --host "unix://$home/docker.sock" --group root \
    --exec-opt native.cgroupdriver=cgroupfs --cgroup-parent "/$cgroup/$machine" --shutdown-timeout 1 "$@"
  await 60 "$lab/$machine.log" engine_answers "$machine"
}

engine_answers() { curl --silent --fail --max-time 3 --unix-socket "$lab/$1/docker.sock" http://engine/_ping; }

launch_node() {
  launch_machine "node$1" --net
  plug "$1"
  # The second socket is where containers look for it; the machine has a /run of its own.
  start_engine "node$1" "$lab/data/node$1" --host unix:///var/run/docker.sock \
    --registry-mirror http://registry:5000 --insecure-registry registry:5000
}

start_node() {
  if first_process "node$1" >/dev/null; then
    echo "node$1 is running."
  else
    launch_node "$1"
  fi
}

kill_node() { end_machine "node$1"; }

make_swarm() { docker_on node1 swarm init --advertise-addr "$(node_address 1)"; }

swarm_state() { docker_on "$1" info --format '{{.Swarm.LocalNodeState}}'; }

# Joins every node that is in no swarm to the swarm of node1.
join_nodes() {
  local number role manager worker
  manager=$(docker_on node1 swarm join-token --quiet manager) || fail "node1 is no manager of a swarm"
  worker=$(docker_on node1 swarm join-token --quiet worker)
  for ((number = 2; number <= nodes; number++)); do
    [[ $(swarm_state "node$number") == inactive ]] || continue
    role=$worker
    ((number > managers)) || role=$manager
    docker_on "node$number" swarm join --token "$role" --advertise-addr "$(node_address "$number")" \
      "$(node_address 1):2377" >/dev/null
  done
}
