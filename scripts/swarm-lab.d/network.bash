# shellcheck shell=bash disable=SC2154 # Variables of swarm-lab.
# The network: a bridge in the machine `hub`. The nodes and this machine are plugged into it; it leads nowhere else, and
# its end is the end of all of its devices. Its addresses are of a range for tests of networks, RFC 2544.

node_address() { echo "$network.$1"; }
registry_address() { echo "$network.253"; }

# The hardware's address of the last number of an address. A killed node has the same again, and the bridge has one that is
# not, as by default, that of one of the nodes, so that nobody remembers a wrong one.
hardware_address() { printf '02:00:c6:13:00:%02x' "$1"; }

# What the nodes call each other and the registry, for /etc/hosts.
host_names() {
  local number
  echo "$(registry_address) registry"
  for ((number = 1; number <= nodes; number++)); do echo "$(node_address "$number") node$number"; done
}

# Finds a network that is free, and takes it by a device whose name says so; prints its address without the last number.
take_network() {
  local number hub
  hub=$(first_process hub)
  for number in {0..255}; do
    [[ -z $(ip -4 route show root "198.19.$number.0/24") ]] || continue
    if ip link add "vlab$number" type veth peer name uplink netns "$hub" 2>/dev/null; then
      echo "198.19.$number"
      return
    fi
  done
  fail "no network of 198.19.0.0/16 is free"
}

uplink() { echo "vlab${network##*.}"; }

make_bridge() {
  in_machine hub ip link set lo up
  in_machine hub ip link add hub address "$(hardware_address 253)" type bridge
  in_machine hub ip address add "$(registry_address)/24" dev hub
  in_machine hub ip link set hub up
  in_machine hub ip link set uplink master hub up
  ip address add "$network.254/24" dev "$(uplink)"
  ip link set "$(uplink)" up
}

# plug NUMBER: connects a node to the bridge.
plug() {
  local hub
  hub=$(first_process hub)
  # A killed node's device may still be there: the kernel removes networks after the processes.
  nsenter --target "$hub" --net ip link delete "port$1" 2>/dev/null || true
  nsenter --target "$hub" --net ip link add "port$1" type veth peer name eth0 address "$(hardware_address "$1")" \
    netns "$(first_process "node$1")"
  nsenter --target "$hub" --net ip link set "port$1" master hub up
  in_machine "node$1" ip link set lo up
  in_machine "node$1" ip address add "$(node_address "$1")/24" dev eth0
  in_machine "node$1" ip link set eth0 up
}

is_cut() { ! in_machine hub ip link show "port$1" up 2>/dev/null | grep -q port; }

set_port() {
  first_process "node$1" >/dev/null || fail "node$1 is not running"
  in_machine hub ip link set "port$1" "$2"
}

cut_node() { set_port "$1" down; }
mend_node() { set_port "$1" up; }
