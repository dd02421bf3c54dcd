#!/usr/bin/env bash
# SoX's `silence` takes a duration without a decimal point for a number of samples: `-1 1 1%`, to cut out pauses above a second, cuts out each that lasts one sample, all between words too, and `-1 1.0 1%` leaves these.
# `trim 1` means a second. The manual has one sentence about it.
# version: sox 14.4.2 (Debian 12)
# our code: none: a take whose pauses went this way speaks without a breath, and so does its clone
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get download -qq 'sox=14.4.2*' 'libsox3=14.4.2*' libgsm1 libltdl7 libpng16-16 libmagic1 libgomp1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done
export LD_LIBRARY_PATH=$dir/usr/lib/x86_64-linux-gnu
sox=usr/bin/sox

# Three words with pauses of 0.3 seconds, and three seconds before the last.
$sox -n -r 16000 -b 16 word.wav synth 1 sine 300 vol 0.5
$sox -n -r 16000 -b 16 short.wav trim 0 0.3
$sox -n -r 16000 -b 16 long.wav trim 0 3
$sox word.wav short.wav word.wav short.wav word.wav long.wav word.wav take.wav
seconds() { $sox "$1" -n stat 2>&1 | awk '/^Length/ { printf "%.1f s", $3 }'; }
{
  echo "the take: $(seconds take.wav)"
  for limit in 1.0 1; do
    $sox take.wav cut.wav silence 1 0.1 1% -1 $limit 1%
    echo "silence 1 0.1 1% -1 $limit 1%: $(seconds cut.wav)"
  done
  for limit in 1.0 1; do
    $sox take.wav cut.wav trim $limit
    echo "trim $limit: $(seconds cut.wav)"
  done
} | tee seen
diff seen - <<'END'
the take: 7.6 s
silence 1 0.1 1% -1 1.0 1%: 4.6 s
silence 1 0.1 1% -1 1 1%: 4.1 s
trim 1.0: 6.6 s
trim 1: 6.6 s
END
echo 'one second was one sample'
