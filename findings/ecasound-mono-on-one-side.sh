#!/usr/bin/env bash
# ecasound makes a stereo file of a mono recording, with the voice on the left and silence on the right: who makes mono of it again, as a provider does, hears it 6 dB
# quieter. Only `-f:16,1,16000` keeps it mono.
# version: ecasound 2.9.3 (Debian 12), ffmpeg of npm's @ffmpeg-installer/linux-x64 4.1.0 (2018)
# our code: cli/prepare/choose-side.ts keeps the side with the voice
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @ffmpeg-installer/linux-x64@4.1.0
apt-get download -qq 'ecasound=2.9.3-*' liblo7 liblilv-0-0 libserd-0-0 libsord-0-0 libsratom-0-0 libaudiofile1 libsndfile1 libflac12 libogg0 libopus0 libvorbis0a \
  libvorbisenc2 libmpg123-0 libmp3lame0 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done
ffmpeg=node_modules/@ffmpeg-installer/linux-x64/ffmpeg
chmod +x $ffmpeg
levels() { $ffmpeg -hide_banner -i "$1" -af "${2:-anull},astats" -f null - 2>&1 | sed -n 's/.*RMS level dB: //p' | sed '$d; s/\..*//' | paste -sd' '; }

$ffmpeg -v error -f lavfi -i 'aevalsrc=0.1*sin(600*PI*t):s=16000:d=2' take.wav
LD_LIBRARY_PATH=$dir/usr/lib/x86_64-linux-gnu usr/bin/ecasound -q -i take.wav -ea:100 -o out.wav >/dev/null 2>&1
LD_LIBRARY_PATH=$dir/usr/lib/x86_64-linux-gnu usr/bin/ecasound -q -f:16,1,16000 -i take.wav -ea:100 -o mono.wav >/dev/null 2>&1
echo "before: $(levels take.wav) dB; after: $(levels out.wav) dB; as mono again: $(levels out.wav pan='mono|c0=0.5*c0+0.5*c1') dB; with -f: $(levels mono.wav) dB" | tee seen
diff seen - <<'END'
before: -23 dB; after: -23 -inf dB; as mono again: -29 dB; with -f: -23 dB
END
