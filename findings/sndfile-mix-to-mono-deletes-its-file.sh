#!/usr/bin/env bash
# sndfile-mix-to-mono makes no file: it writes the mono take into one that it has deleted before, and ends with 0. What had that name is gone, and where takes are mixed over each other in a script, so are they. Of a mono
# take it makes nothing either, with 0, but leaves what was there. SoX makes a mono take of both.
# version: sndfile-tools 1.5, sox 14.4.2 (Debian 12)
# our code: none: cli/prepare/choose-side.ts makes mono itself; check says MISSING_SAMPLES of files that the manifest names
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get download -qq 'sndfile-tools=1.5-*' libsndfile1 libflac12 libvorbis0a libvorbisenc2 libopus0 libogg0 libmpg123-0 libmp3lame0 libsamplerate0 libcairo2 libfftw3-double3 libjack-jackd2-0 libdb5.3 \
  'sox=14.4.2+*' 'libsox3=14.4.2+*' libgsm1 libltdl7 libpng16-16 libmagic1 libgomp1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done
export LD_LIBRARY_PATH=$dir/usr/lib/x86_64-linux-gnu

usr/bin/sox -n -r 48000 -b 16 mono.wav synth 5 sine 300 gain -12
usr/bin/sox -M mono.wav mono.wav stereo.wav
what() { if [ -e "$1" ]; then printf '%s channel(s), %.0f seconds' "$(usr/bin/sox --i -c "$1")" "$(usr/bin/sox --i -D "$1")"; else printf 'no file'; fi; }
for take in stereo mono; do
  usr/bin/sox $take.wav sox.wav channels 1
  rm -f new.wav
  usr/bin/sndfile-mix-to-mono $take.wav new.wav >said 2>&1 && code=0 || code=$?
  # The mono take of an earlier day.
  cp mono.wav earlier.wav
  usr/bin/sndfile-mix-to-mono $take.wav earlier.wav >said 2>&1 && again=0 || again=$?
  echo "$take: exit code $code, $(what new.wav); in the place of another: exit code $again, $(what earlier.wav); SoX: $(what sox.wav)"
done | tee seen
diff seen - <<'END'
stereo: exit code 0, no file; in the place of another: exit code 0, no file; SoX: 1 channel(s), 5 seconds
mono: exit code 0, no file; in the place of another: exit code 0, 1 channel(s), 5 seconds; SoX: 1 channel(s), 5 seconds
END
echo 'no file, and the one before is gone'
