#!/usr/bin/env bash
# SoX's `sinc` with a band, such as a telephone's `sinc 300-3400`, turns the sound upside down: mixed with the unfiltered take, the other microphone's or the other side of a
# stereo recording, the voice cancels out. `sinc 300` and `sinc -3400` leave it upright, also one after the other, and so does `bandpass`.
# version: sox 14.4.2 (Debian 12)
# our code: check says INVERTED of a stereo recording whose sides cancel out, prepare keeps one of them; cli/prepare filters nothing
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get download -qq 'sox=14.4.2*' 'libsox3=14.4.2*' libgsm1 libltdl7 libpng16-16 libmagic1 libgomp1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done
export LD_LIBRARY_PATH=$dir/usr/lib/x86_64-linux-gnu
sox=usr/bin/sox

# A tone in the middle of the band, so that each filter leaves all of it.
$sox -n -r 16000 -b 16 take.wav synth 2 sine 1000 vol 0.5
peak() { $sox "$1" -n trim 0.5 1 stat 2>&1 | awk '/^Maximum amplitude/ { printf "%.1f", $3 }'; }
for filter in 'sinc 300-3400' 'sinc 300' 'sinc -3400' 'sinc 300 sinc -3400' 'bandpass 1000 3000h'; do
  # shellcheck disable=SC2086 # several arguments
  $sox take.wav filtered.wav $filter
  $sox -M filtered.wav take.wav both.wav
  $sox both.wav mono.wav remix 1,2
  echo "$filter: a peak of $(peak filtered.wav), mixed with the take $(peak mono.wav)"
done | tee seen
diff seen - <<'END'
sinc 300-3400: a peak of 0.5, mixed with the take 0.0
sinc 300: a peak of 0.5, mixed with the take 0.5
sinc -3400: a peak of 0.5, mixed with the take 0.5
sinc 300 sinc -3400: a peak of 0.5, mixed with the take 0.5
bandpass 1000 3000h: a peak of 0.5, mixed with the take 0.5
END
echo 'a band is upside down'
