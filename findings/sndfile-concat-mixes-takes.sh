#!/usr/bin/env bash
# sndfile-concat joins takes of different sample rates, with exit code 0: the second is written as it is under the rate of the first, so that 16 kHz after 48 speaks three times as high and fast. A take in floats behind
# one in integers becomes silence. Takes with different numbers of channels it refuses, and shnjoin refuses different rates too.
# version: sndfile-programs 1.2.0, shntool 3.0.10, sox 14.4.2 (Debian 12)
# our code: cli/audio/edit.ts (joinFiles) joins only what cli/prepare/mend.ts has decoded to one rate
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get download -qq 'sndfile-programs=1.2.0-*' 'libsndfile1=1.2.0-*' 'shntool=3.0.10-*' 'sox=14.4.2*' 'libsox3=14.4.2*' 'libsox-fmt-base=14.4.2*' libflac12 libvorbis0a libvorbisenc2 libvorbisfile3 libopus0 libogg0 \
  libmpg123-0 libmp3lame0 libgsm1 libltdl7 libpng16-16 libmagic1 libgomp1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done
export LD_LIBRARY_PATH=$dir/usr/lib/x86_64-linux-gnu:$dir/usr/lib/x86_64-linux-gnu/sox
sox=usr/bin/sox

# Each take is four seconds of 300 Hz.
$sox -n -r 48000 -b 16 48.wav synth 4 sine 300 vol 0.5
$sox -n -r 16000 -b 16 16.wav synth 4 sine 300 vol 0.5
$sox -n -r 48000 -b 32 -e floating-point floats.wav synth 4 sine 300 vol 0.5
$sox -n -r 48000 -b 16 -c 2 stereo.wav synth 4 sine 300 vol 0.5
second() { $sox joined.wav -n trim 4 stat 2>&1 | awk '/^Length/ { length_ = $3 } /^Maximum amp/ { peak = $3 } /^Rough/ { hertz = $3 } END { printf "%.1f s, %s", length_, (peak < 0.01 ? "silence" : int(hertz / 50 + 0.5) * 50 " Hz") }'; }
for takes in '48 48' '48 16' '48 floats' '48 stereo'; do
  read -r one two <<<"$takes"
  usr/bin/sndfile-concat "$one.wav" "$two.wav" joined.wav >/dev/null 2>&1 && echo "$one + $two: exit code 0, the second take has $(second)" || echo "$one + $two: refused"
done | tee seen
usr/bin/shntool join -q -O always -o wav 48.wav 16.wav 2>&1 | grep -o 'samples per second differs.*' | sed 's/^/shnjoin, 48 + 16: /' | tee -a seen || true
diff seen - <<'END'
48 + 48: exit code 0, the second take has 4.0 s, 300 Hz
48 + 16: exit code 0, the second take has 1.3 s, 900 Hz
48 + floats: exit code 0, the second take has 4.0 s, silence
48 + stereo: refused
shnjoin, 48 + 16: samples per second differs among these files
END
echo 'the second take was written under the rate and format of the first'
