# shellcheck shell=bash
# For scripts that do one long thing after another: sourced, not run.
#
# step SECONDS MESSAGE COMMAND...: runs a command quietly. Shows how long it takes, on a terminal also the last line of
# its output meanwhile; what counts of its output when it fails. Ends it with all of its descendants after SECONDS.

steps_directory=$(dirname "${BASH_SOURCE[0]}")
steps_log=$(mktemp)
steps_pid=
steps_finish=

# A script's own clean-up goes through here, so that it comes after the end of the running step.
at_exit() { steps_finish=$1; }

steps_end() {
  local status=$?
  trap - EXIT INT TERM
  [[ -z $steps_pid ]] || "$steps_directory/testbed/end-process" "$steps_pid" TERM || true
  [[ -z $steps_finish ]] || "$steps_finish" || true
  rm -f "$steps_log"
  exit "$status"
}
trap steps_end EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# All of a short output; of a long one the lines that look like reasons, and the end.
steps_report() {
  if (($(wc -l <"$steps_log") <= 200)); then
    cat "$steps_log"
    return
  fi
  grep -aE '(error|warning): |✘|↳|Fatal error|SUMMARY: |WARNING: ' "$steps_log" | grep -av '^[◇✔]' | head -n 150 || true
  echo ...
  tail -n 50 "$steps_log"
}

step() {
  local limit=$1 message=$2 start=$SECONDS status=0 elapsed line
  shift 2
  [[ -t 1 ]] || printf '%s ...\n' "$message"
  "$@" >"$steps_log" 2>&1 </dev/null &
  steps_pid=$!
  while kill -0 "$steps_pid" 2>/dev/null; do
    elapsed=$((SECONDS - start))
    if ((elapsed >= limit)); then
      "$steps_directory/testbed/end-process" "$steps_pid" TERM
      echo "Stopped after $limit seconds." >>"$steps_log"
      break
    fi
    if [[ -t 1 ]]; then
      line=$(tail -c 300 "$steps_log" | tr '\r' '\n' | tail -n 1 | tr -cd '[:print:]')
      printf '\r\033[K%s ... %d s  %.*s' "$message" "$elapsed" $((${COLUMNS:-80} - ${#message} - 16)) "$line"
    fi
    sleep 0.2
  done
  wait "$steps_pid" 2>/dev/null || status=$?
  steps_pid=
  elapsed=$((SECONDS - start))
  [[ ! -t 1 ]] || printf '\r\033[K'
  if ((status)); then
    steps_report
    printf '%s: failed after %d s\n' "$message" "$elapsed"
    return "$status"
  fi
  printf '%s: %d s\n' "$message" "$elapsed"
}
