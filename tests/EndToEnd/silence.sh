#!/usr/bin/env bash
# Promises P1 and P2, from outside: a fresh client sends nothing. In a network namespace of its own, with a capture on every interface, candor is asked for everything that it does before
# `join`; no packet may be seen. A packet sent on purpose proves that the capture would have seen one. Needs root, iproute2 and python3. Usage: silence.sh PROGRAM
set -euo pipefail
candor=$(realpath "$1")
space=candor-silence-$$
work=$(mktemp -d)
trap 'ip netns del "$space" 2>/dev/null || true; rm -rf "$work"' EXIT
ip netns add "$space"
ip -n "$space" link set lo up
cat >"$work/capture.py" <<'PY'
import select, socket, sys
packets = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.ntohs(3))
print("ready", flush=True)
count = 0
while True:
    ready, _, _ = select.select([packets, sys.stdin], [], [])
    if packets in ready:
        packets.recv(65536)
        count += 1
    elif not sys.stdin.readline():
        break
print(count, flush=True)
PY
captured() { # command...: how many packets were seen while it ran
  coproc CAPTURE { ip netns exec "$space" python3 "$work/capture.py"; }
  read -r _ <&"${CAPTURE[0]}"
  "$@" >"$work/out" 2>&1 </dev/null || true
  sleep 0.3
  local input=${CAPTURE[1]}
  exec {input}>&-
  read -r count <&"${CAPTURE[0]}"
  wait "$CAPTURE_PID" 2>/dev/null || true
  echo "$count"
}
everything() {
  local command
  for command in "" --version --help "status $work" "list contacts" "search word" history devices ledger "backup $work" "sync $work" "restore $work/r" "on contacts" "drill $work" words man "completion bash"; do
    # shellcheck disable=SC2086
    HOME=$work/home CANDOR_HOME=$work/home/candor ip netns exec "$space" "$candor" $command
  done
}
control=$(captured ip netns exec "$space" python3 -c 'import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", 9))')
[ "$control" -gt 0 ] || { echo "The capture does not see a packet that was sent: it proves nothing."; exit 1; }
seen=$(captured everything)
[ "$seen" = 0 ] || { echo "A fresh client sent something: $seen packets."; exit 1; }
[ ! -e "$work/home/candor/device.key" ] || { echo "A fresh client made keys."; exit 1; }
echo "0 packets before join ($control for one datagram sent on purpose)"
