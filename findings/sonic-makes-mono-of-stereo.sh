#!/usr/bin/env bash
# sonic, the program of the library that speeds up speech in espeak-ng and Android, writes a stereo recording as mono: the samples of both sides follow each other in one channel, so that a voice in the middle lasts twice
# as long, an octave lower, even at `-s 1`. It says nothing and exits with 0. Of mono it makes what was asked for, and SoX's tempo keeps both sides.
# version: sonic 0.2.0, sox 14.4.2 (Debian 12)
# our code: none: who adapts the speed of stereo takes with it has a voice to clone that nobody has
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get download -qq 'sonic=0.2.0-*' 'libsonic0=0.2.0-*' 'sox=14.4.2+*' 'libsox3=14.4.2+*' libgsm1 libpng16-16 libmagic1 libgomp1 libltdl7 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done
export LD_LIBRARY_PATH=$dir/usr/lib/x86_64-linux-gnu

# The pitch by half of the times that the first channel changes its sign, in steps of 10 Hz.
of() {
  usr/bin/sox "$1" -t dat - remix 1 | awk -v channels="$(usr/bin/sox --i -c "$1")" '
    !/;/ { if ($2 * before < 0) changes++; if ($2 != 0) before = $2; time = $1 }
    END { printf "%d channel(s), %.0f s, %d Hz", channels, time, 10 * int(changes / 20 / time + 0.5) }'
}
usr/bin/sox -n -r 48000 -b 16 mono.wav synth 5 sine 400 gain -6
usr/bin/sox -M mono.wav mono.wav stereo.wav
for take in mono stereo; do
  for speed in 1 1.25; do
    usr/bin/sonic -s $speed $take.wav sonic.wav >said && code=0 || code=$?
    usr/bin/sox $take.wav sox.wav tempo -s $speed
    echo "$take at $speed: sonic $(of sonic.wav), exit code $code; sox $(of sox.wav)"
  done
done | tee seen
diff seen - <<'SEEN'
mono at 1: sonic 1 channel(s), 5 s, 400 Hz, exit code 0; sox 1 channel(s), 5 s, 400 Hz
mono at 1.25: sonic 1 channel(s), 4 s, 400 Hz, exit code 0; sox 1 channel(s), 4 s, 400 Hz
stereo at 1: sonic 1 channel(s), 10 s, 200 Hz, exit code 0; sox 2 channel(s), 5 s, 400 Hz
stereo at 1.25: sonic 1 channel(s), 8 s, 200 Hz, exit code 0; sox 2 channel(s), 4 s, 400 Hz
SEEN
echo 'a voice of twice the length, an octave lower'
