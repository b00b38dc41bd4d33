#!/usr/bin/env bash
# kill -9 of the client at random points of a backup, again and again. At the end everything is safe, each item once, and a fresh device restores it byte for byte.
# Usage: killed-client.sh CANDOR CANDOR_SERVER [KILLS] [SEED]
set -euo pipefail
candor=$(realpath "$1") server=$(realpath "$2") kills=${3:-100} RANDOM=${4:-$$}
seed=${4:-$$}
work=$(mktemp -d)
# Below the ports that the system gives to connections by itself, and nobody listens there.
while port=$((12000 + RANDOM % 20000)); (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do :; done
url=http://127.0.0.1:$port
"$server" serve --data "$work/server" --urls "$url" --log warning >"$work/server.log" 2>&1 &
pid=$!
trap 'kill "$pid" 2>/dev/null || true; wait "$pid" 2>/dev/null || true; rm -rf "$work"' EXIT
for _ in $(seq 600); do (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break; kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done

phone=$work/phone
mkdir -p "$phone"/{contacts,notes,photos,inbox}
for i in $(seq 60); do head -c $((200000 + RANDOM * 40)) /dev/urandom >"$phone/photos/$i.jpg"; done
head -c 20000000 /dev/urandom >"$phone/photos/film.mp4"
for i in $(seq 300); do printf 'BEGIN:VCARD\r\nVERSION:3.0\r\nUID:u%s\r\nFN:Person %s\r\nN:Person;%s;;;\r\nEND:VCARD\r\n' "$i" "$i" "$i" >"$phone/contacts/$i.vcf"; done
for i in $(seq 200); do echo "note $i" >"$phone/notes/$i.md"; done
{ echo "<?xml version='1.0' encoding='UTF-8'?><smses count=\"3000\">"
  for i in $(seq 3000); do echo "<sms address=\"+49$((i % 40))\" date=\"$((1700000000000 + i))\" type=\"1\" body=\"text $i\" read=\"1\" status=\"-1\" locked=\"0\" />"; done
  echo "</smses>"; } >"$phone/inbox/sms-1.xml"

"$candor" words >"$work/words"
"$candor" --home "$work/one" join "$url" --name one --words-from "$work/words" --yes >/dev/null
"$candor" --home "$work/one" on contacts notes messages photos --yes >/dev/null 2>&1
for kill in $(seq "$kills"); do
  "$candor" --home "$work/one" backup "$phone" --no-previews >/dev/null 2>&1 & run=$!
  sleep "0.$(printf '%03d' $((RANDOM % 400)))"
  kill -9 "$run" 2>/dev/null || true
  wait "$run" 2>/dev/null || true
  # Something new now and then, so that there is always work under way.
  [ $((kill % 5)) = 0 ] && head -c 3000000 /dev/urandom >"$phone/photos/more-$kill.jpg"
done
fail() { echo "$1 (seed $seed)"; cat "$work/last" 2>/dev/null; exit 1; }
"$candor" --home "$work/one" backup "$phone" --no-previews >"$work/last" 2>&1 || fail "The last backup has troubles."
grep -q ' 0 unexplained' "$work/last" || fail "Not everything is explained."
"$candor" --home "$work/two" recover "$url" --name two --words-from "$work/words" --yes >/dev/null
"$candor" --home "$work/two" on contacts notes messages photos --yes >/dev/null 2>&1
"$candor" --home "$work/two" restore "$work/back" >"$work/last" 2>&1 || fail "The restore has troubles."
for kind in contacts notes photos; do diff -rq "$phone/$kind" "$work/back/$kind" >"$work/last" || fail "$kind came back differently."; done
[ "$(cat "$work"/back/messages/*.xml | grep -c '<sms ')" = 3000 ] || fail "Not each message is there once."
"$candor" --home "$work/one" ledger --check >"$work/last" 2>&1 || fail "The ledger's chain is broken."
kill "$pid"; wait "$pid" 2>/dev/null || true
"$server" scrub --data "$work/server" >"$work/last" || fail "The server's data is damaged."
echo "$kills kills, $(find "$phone" -type f | wc -l) files: everything came back byte for byte (seed $seed)"
