#!/usr/bin/env bash
# ffmpeg's loudnorm makes a take in mono 3 dB louder than the same take in stereo with the voice in the middle, though it says of both that they are at -23 LUFS: BS.1770 adds up the channels, so that the same sound on both
# sides measures 3 LU more, in ebur128 too. With `dual_mono=true` both are equally loud. ReplayGain, in metaflac and mp3gain, measures both alike.
# version: ffmpeg of npm's @ffmpeg-installer/linux-x64 4.1.0 (2018); Debian's 5.1.9 does the same; flac 1.4.2, mp3gain 1.6.2 (Debian 12)
# our code: cli/audio/loudness.ts measures as BS.1770 says; check's report prints the RMS beside it, which is the same for both
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @ffmpeg-installer/linux-x64@4.1.0
ffmpeg=node_modules/@ffmpeg-installer/linux-x64/ffmpeg
chmod +x $ffmpeg
apt-get download -qq 'flac=1.4.2+*' libflac12 libogg0 'mp3gain=1.6.2-*' libmpg123-0 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done
debian() { LD_LIBRARY_PATH=$dir/usr/lib/x86_64-linux-gnu "usr/bin/$1" "${@:2}"; }
$ffmpeg -version | sed -n '1s/ Copyright.*//p'

# The RMS of all samples.
level() { $ffmpeg -v error -i "$1" -f s16le - | od -An -v -td2 -w2 | awk '{ sum += $1 * $1 } END { printf "%.0f dB", 10 * log(sum / NR / 32768 ^ 2) / log(10) }'; }
said() { sed -n "s/^ *$1: *\(-[0-9]*\).*/\1/p" said | tail -1; }
$ffmpeg -v error -f lavfi -i 'anoisesrc=d=10:c=pink:r=48000:a=0.3:s=7' -af 'highpass=f=200,lowpass=f=4000' -bitexact mono.wav
$ffmpeg -v error -i mono.wav -af 'pan=stereo|c0=c0|c1=c0' -bitexact stereo.wav
for take in mono stereo; do
  $ffmpeg -nostats -i $take.wav -af ebur128 -f null - 2>said
  line="$take of $(level $take.wav): ebur128 $(said I) LUFS"
  for filter in loudnorm=I=-23 loudnorm=I=-23:dual_mono=true; do
    $ffmpeg -nostats -y -i $take.wav -af $filter:print_format=summary -ar 48000 -bitexact normal.wav 2>said
    line+=", $filter makes $(said 'Output Integrated') LUFS, $(level normal.wav)"
  done
  debian flac -s $take.wav
  debian metaflac --add-replay-gain $take.flac
  $ffmpeg -v error -i $take.wav $take.mp3
  echo "$line, metaflac $(debian metaflac --show-tag=REPLAYGAIN_TRACK_GAIN $take.flac | sed 's/.*=//'), mp3gain $(debian mp3gain -s s $take.mp3 2>&1 | sed -n 's/Recommended "Track" dB change: \(.*\)....$/\1 dB/p')"
done | tee seen
diff seen - <<'END'
mono of -30 dB: ebur128 -28 LUFS, loudnorm=I=-23 makes -23 LUFS, -24 dB, loudnorm=I=-23:dual_mono=true makes -23 LUFS, -27 dB, metaflac +9.86 dB, mp3gain 10.21 dB
stereo of -30 dB: ebur128 -25 LUFS, loudnorm=I=-23 makes -23 LUFS, -27 dB, loudnorm=I=-23:dual_mono=true makes -23 LUFS, -27 dB, metaflac +9.86 dB, mp3gain 10.30 dB
END
echo 'of the same voice, at the same LUFS, one is 3 dB louder'
