# shellcheck shell=bash disable=SC2154 # Variables of swarm-lab.
# Machines: processes with mounts, a host name and mostly a network of their own, see testbed/machine. All of them are
# descendants of the machine `hub` by its PID namespace, so that its end is the end of them all, whoever started them.

# start_time PID: when a process started, which tells it from a later one of the same number; nothing if it has ended.
start_time() {
  local line fields
  { read -r line <"/proc/$1/stat"; } 2>/dev/null || return 0
  read -r -a fields <<<"${line##*) }"
  [[ ${fields[0]} == Z ]] || echo "${fields[19]}"
}

# recorded_process NAME: the id of the process whose record is NAME.process, if it is still that one.
recorded_process() {
  local pid start
  { read -r pid start <"$lab/$1.process"; } 2>/dev/null || return 1
  [[ $(start_time "$pid") == "$start" ]] && echo "$pid"
}

# first_process NAME: the process that holds a machine together.
first_process() {
  local launcher child
  launcher=$(recorded_process "$1") || return 1
  child=$(ps -o pid= --ppid "$launcher")
  [[ -n $child ]] && echo "$((child))"
}

# launch_machine NAME OPTION...: starts a machine, with options of unshare.
launch_machine() {
  local name=$1 hub enter=()
  shift
  if [[ $name != hub ]]; then
    hub=$(first_process hub) || fail "the laboratory is not up"
    enter=(nsenter --target "$hub" --pid)
  fi
  rm -rf --one-file-system "${lab:?}/$name"
  mkdir "$lab/$name"
  setsid "${enter[@]}" "$testbed/recorded" "$lab/$name.process" \
    unshare --mount --uts --pid --mount-proc "$@" --fork --kill-child=KILL "$testbed/machine" "$name" "$lab/$name" \
    >"$lab/$name.log" 2>&1 </dev/null 9>&- &
  await 10 "$lab/$name.log" test -e "$lab/$name/up"
  in_machine "$name" tee --append /etc/hosts >/dev/null <<<"$(host_names)"
}

# in_machine NAME COMMAND...: runs a command in a machine.
in_machine() {
  local pid
  pid=$(first_process "$1") || fail "$1 is not running"
  shift
  nsenter --target "$pid" --mount --uts --net --pid "$@"
}

# serve_in NAME COMMAND...: starts a server in a machine, without what the environment says about proxies and the like.
serve_in() {
  local machine=$1 pid
  shift
  pid=$(first_process "$machine")
  setsid nsenter --target "$pid" --mount --uts --net --pid \
    env --ignore-environment "PATH=$PATH" HOME=/root "$@" >>"$lab/$machine.log" 2>&1 </dev/null 9>&- &
}

# end_machine NAME: ends a machine and all that runs in it at once, and waits until it is gone.
end_machine() {
  local launcher first
  launcher=$(recorded_process "$1") || return 0
  first=$(first_process "$1") || first=$launcher
  # Its launcher ends when the kernel has ended everything.
  kill -KILL "$first" 2>/dev/null || true
  await 20 /dev/null ended "$1" || kill -KILL "$launcher"
}

ended() { ! recorded_process "$1" >/dev/null; }

# await SECONDS LOG COMMAND...: waits until a command succeeds; else shows the end of a log and fails.
await() {
  local end=$((SECONDS + $1)) log=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    # The script itself may have been killed; its children then are not to go on.
    [[ -e /proc/$$ ]] || exit 1
    if ((SECONDS > end)); then
      tail -n 20 "$log"
      echo "In vain waited for: $*"
      return 1
    fi
    sleep 0.1
  done
}

# together COMMAND ARGUMENT...: runs a command for each argument, all at once; fails if one of them does.
together() {
  local command=$1 argument pids=() pid status=0
  shift
  for argument; do
    "$command" "$argument" &
    pids+=("$!")
  done
  for pid in "${pids[@]}"; do wait "$pid" || status=1; done
  return "$status"
}
