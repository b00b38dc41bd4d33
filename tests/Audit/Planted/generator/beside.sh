#!/bin/bash
# What others see in the same recording:  beside.sh FOLDER [NODE_MODULES]
# tshark with the keys prints each frame in words and every data source of it (reassembled, decrypted, unpacked) as bytes; score.py looks for the plain values in both.
# TrackHAR (npm install trackhar) gets the requests as HAR, and the plain values as its indicators.
set -euo pipefail
folder=$1 here=$(dirname "$(readlink -f "$0")")
last=$(awk -F'\t' '$8 == "found" { last = $3 } END { print last }' "$folder/plants.tsv")
tshark -r "$folder/capture.pcapng" -c "$last" -o "tls.keylog_file:$folder/keys.txt" -o tcp.reassemble_out_of_order:TRUE -V -x > "$folder/tshark.txt" 2>/dev/null
if [ $# -gt 1 ]; then
  cp "$here/trackhar.mjs" "$2/../trackhar-run.mjs"
  node "$2/../trackhar-run.mjs" "$folder"
fi
