#!/usr/bin/env bash
# SoX's noisered, which takes out the noise of a profile, also takes the last 1,024 samples, whatever is in them: 0.13 seconds of a telephone's recording, 0.06 at 16,000 Hz, with exit code 0. A take that ends with a word
# loses the end of it; 0.2 seconds of silence behind (`pad 0 0.2` before noisered) keep it.
# version: sox 14.4.2 (Debian 12)
# our code: none: prepare denoises nothing
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get download -qq 'sox=14.4.2*' 'libsox3=14.4.2*' libgsm1 libltdl7 libpng16-16 libmagic1 libgomp1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done
sox() { LD_LIBRARY_PATH=$dir/usr/lib/x86_64-linux-gnu usr/bin/sox -R "$@"; }

# Two seconds of a room's noise, and a last word of a tenth of a second.
for rate in 8000 16000 48000; do
  sox -n -r $rate -b 16 room.wav synth 2 whitenoise gain -60
  sox -n -r $rate -b 16 word.wav synth 0.1 sine 300 gain -6
  sox room.wav word.wav take.wav
  sox room.wav -n noiseprof room.profile
  sox take.wav cleaned.wav noisered room.profile 0.2
  sox take.wav padded.wav pad 0 0.2 noisered room.profile 0.2
  word() { sox "$1" -t dat - | awk '!/;/ && ($2 > 0.05 || $2 < -0.05) { if (!first) first = $1; last = $1 } END { printf "%.0f ms", 1000 * (last - first) }'; }
  echo "$rate Hz: the last word has $(word take.wav), of noisered $(word cleaned.wav), with silence behind $(word padded.wav)"
done | tee seen
diff seen - <<'END'
8000 Hz: the last word has 100 ms, of noisered 0 ms, with silence behind 100 ms
16000 Hz: the last word has 100 ms, of noisered 36 ms, with silence behind 100 ms
48000 Hz: the last word has 100 ms, of noisered 79 ms, with silence behind 100 ms
END
echo 'the noise is gone, and so is the last word'
