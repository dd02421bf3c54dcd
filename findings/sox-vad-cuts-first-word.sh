#!/usr/bin/env bash
# SoX's `vad`, which is to cut the silence before speech, cuts 0.3 seconds of speech if there is none: of a take that begins with a word, the beginning of the word is lost. With a second of silence in front it keeps
# all of the word. Exit code 0.
# version: sox 14.4.2, espeak-ng 1.51 (Debian 12)
# our code: none: prepare and check leave the beginning of a take as it is
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get download -qq 'sox=14.4.2*' 'libsox3=14.4.2*' libgsm1 libltdl7 libpng16-16 libmagic1 libgomp1 \
  'espeak-ng=1.51*' 'espeak-ng-data=1.51*' 'libespeak-ng1=1.51*' libpcaudio0 libsonic0 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done
export LD_LIBRARY_PATH=$dir/usr/lib/x86_64-linux-gnu ESPEAK_DATA_PATH=$dir/usr/lib/x86_64-linux-gnu/espeak-ng-data
sox=usr/bin/sox

usr/bin/espeak-ng -w spoken.wav 'The first word is here, and this is a sentence that goes on for a while.'
# Begins where the sound does.
$sox spoken.wav take.wav silence 1 0.01 1%
$sox take.wav later.wav pad 1
seconds() { $sox "$1" -n stat 2>&1 | awk '/^Length/ { print $3 }'; }
for name in take later; do
  $sox $name.wav cut.wav vad
  awk -v all="$(seconds take.wav)" -v left="$(seconds cut.wav)" -v name=$name \
    'BEGIN { printf "%s: %.1f s %s\n", name, left < all ? all - left : left - all, left < all ? "of the speech are lost" : "are left in front of the speech" }'
done | tee seen
diff seen - <<'END'
take: 0.3 s of the speech are lost
later: 0.1 s are left in front of the speech
END
echo 'the beginning of the first word is gone'
