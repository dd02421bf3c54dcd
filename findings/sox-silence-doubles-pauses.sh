#!/usr/bin/env bash
# SoX's `silence -l`, with which recipes shorten long pauses, doubles those that are shorter than its limit: with a limit of half a second, each pause of 0.2 seconds becomes one of almost 0.4, and the recording longer
# than it was. Of longer pauses it leaves half a second, as it should. Exit code 0.
# version: sox 14.4.2 (Debian 12)
# our code: cli/prepare/mend.ts finds and shortens pauses itself
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get download -qq 'sox=14.4.2*' 'libsox3=14.4.2*' libgsm1 libltdl7 libpng16-16 libmagic1 libgomp1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done
export LD_LIBRARY_PATH=$dir/usr/lib/x86_64-linux-gnu
sox=usr/bin/sox

$sox -n -r 16000 -b 16 word.wav synth 1 sine 300 vol 0.5
for pause in 0.2 0.4 3; do
  $sox -n -r 16000 -b 16 pause.wav trim 0 $pause
  $sox word.wav pause.wav word.wav take.wav
  $sox take.wav shorter.wav silence -l 1 0.1 1% -1 0.5 1%
  $sox take.wav without.wav silence 1 0.1 1% -1 0.5 1%
  pause_of() { $sox "$1" -n stat 2>&1 | awk '/^Length/ { printf "%.1f s", $3 - 2 }'; }
  echo "a pause of $(pause_of take.wav): with -l $(pause_of shorter.wav), without $(pause_of without.wav)"
done | tee seen
diff seen - <<'END'
a pause of 0.2 s: with -l 0.4 s, without 0.2 s
a pause of 0.4 s: with -l 0.8 s, without 0.4 s
a pause of 3.0 s: with -l 0.5 s, without 0.0 s
END
echo 'short pauses became twice as long'
