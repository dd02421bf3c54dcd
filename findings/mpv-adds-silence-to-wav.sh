#!/usr/bin/env bash
# mpv's conversion (`mpv take.mp3 -o take.wav`) fills up a WAV to a multiple of 16,384 samples with silence: up to two seconds of a telephone's recording, one at 16,000 Hz, so that takes which are joined have pauses
# that nobody made, and their lengths agree with nothing. What mpv plays into a WAV (`--ao=pcm`), and what ffmpeg converts, ends where the sound does.
# version: mpv 0.35.1 (Debian 12), ffmpeg of npm's @ffmpeg-installer/linux-x64 4.1.0 (2018)
# our code: cli/audio/edit.ts decodes with ffmpeg; cli/prepare/mend.ts shortens pauses
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @ffmpeg-installer/linux-x64@4.1.0
PATH=$dir/node_modules/@ffmpeg-installer/linux-x64:$PATH
chmod +x node_modules/@ffmpeg-installer/linux-x64/ffmpeg
apt-get install --simulate --no-install-recommends 'mpv=0.35.1-*' 2>/dev/null | awk '/^Inst/ {print $2}' >packages
apt-get download -qq $(cat packages) 'mpv=0.35.1-*' 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done
mpv() { LD_LIBRARY_PATH=$dir/usr/lib/x86_64-linux-gnu:$dir/usr/lib/x86_64-linux-gnu/pulseaudio:$dir/lib/x86_64-linux-gnu HOME=$dir usr/bin/mpv --really-quiet --no-config "$@" >said 2>&1 </dev/null; }
samples() { echo $(($(ffmpeg -v error -i "$1" -f s16le - | wc -c) / 2)); }

for rate in 8000 16000 48000; do
  ffmpeg -v error -y -f lavfi -i "sine=f=300:r=$rate:d=5.2" -c:a pcm_s16le take.wav
  ffmpeg -v error -y -i take.wav take.flac
  for take in take.wav take.flac; do
    mpv $take -o converted.wav && code=0 || code=$?
    mpv --vo=null --ao=pcm --ao-pcm-file=played.wav $take
    echo "$rate Hz, $take: $(samples $take) samples, converted $(samples converted.wav) (exit code $code), played $(samples played.wav)"
  done
done | tee seen
diff seen - <<'END'
8000 Hz, take.wav: 41600 samples, converted 49152 (exit code 0), played 41600
8000 Hz, take.flac: 41600 samples, converted 49152 (exit code 0), played 41600
16000 Hz, take.wav: 83200 samples, converted 98304 (exit code 0), played 83200
16000 Hz, take.flac: 83200 samples, converted 98304 (exit code 0), played 83200
48000 Hz, take.wav: 249600 samples, converted 262144 (exit code 0), played 249600
48000 Hz, take.flac: 249600 samples, converted 262144 (exit code 0), played 249600
END
echo 'silence up to the next 16,384 samples'
