#!/usr/bin/env bash
# flac makes of a WAV in 32 bits, as SoX and editors write it, a FLAC in 32 bits, which many an ffmpeg takes for one without sound: it says its length and its rate, decodes it to a file of 0 seconds or to an empty MP3, and
# exits with 0 and without an error, even with `-xerror`. flac itself, audio-decode and ffmpeg 7.1 return all of it, and music-metadata its length. In 24 bits ffmpeg reads it.
# version: flac 1.4.2, sox 14.4.2 (Debian 12), ffmpeg of npm's @ffmpeg-installer/linux-x64 4.1.0 (2018); Debian's 5.1.9 does the same; @remotion/compositor-linux-x64-gnu 4.0.529 (ffmpeg 7.1), audio-decode 3.12.0, music-metadata 12.1.0
# our code: check says NOT_HEARD of what decodes to nothing
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @ffmpeg-installer/linux-x64@4.1.0 @remotion/compositor-linux-x64-gnu@4.0.529 audio-decode@3.12.0 music-metadata@12.1.0
old=node_modules/@ffmpeg-installer/linux-x64/ffmpeg new=node_modules/@remotion/compositor-linux-x64-gnu
chmod +x $old $new/ffmpeg
apt-get download -qq 'flac=1.4.2+*' libflac12 libogg0 'sox=14.4.2+*' 'libsox3=14.4.2+*' libgsm1 libpng16-16 libmagic1 libgomp1 libltdl7 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done
lib=$dir/usr/lib/x86_64-linux-gnu
debian() { LD_LIBRARY_PATH=$lib "usr/bin/$1" "${@:2}"; }
cat >others.mjs <<'JS'
import { readFileSync } from 'node:fs';
import decode from 'audio-decode';
import { parseFile } from 'music-metadata';
const name = process.argv[2];
const { channelData, sampleRate } = await decode(readFileSync(name));
console.log(`audio-decode ${channelData[0].length / sampleRate} s, music-metadata ${(await parseFile(name)).format.duration} s`);
JS
# The seconds of sound in a WAV of 16 bits and 48,000 Hz, however its header is.
seconds() { echo "$(($(tail -c +101 "$1" | od -An -v -td2 -w2 | wc -l) / 48000)) s"; }

$old -version | sed -n '1s/ Copyright.*//p'
LD_LIBRARY_PATH=$new $new/ffmpeg -version | sed -n '1s/ Copyright.*//p'
for bits in 24 32; do
  debian sox -n -r 48000 -b $bits take$bits.wav synth 5.1 sine 300 gain -6
  debian flac -s take$bits.wav 2>/dev/null
  debian flac -s -d -o back.wav take$bits.flac 2>/dev/null
  $old -v error -xerror -y -i take$bits.flac -bitexact old.wav 2>said && code=0 || code=$?
  LD_LIBRARY_PATH=$new $new/ffmpeg -v error -y -i take$bits.flac -c:a pcm_s16le new.wav
  debian sox back.wav -b 16 back16.wav
  echo "$bits bits: ffmpeg says$($old -i take$bits.flac 2>&1 | sed -n 's/.*Duration: \([^,]*\),.*/ \1/p'), decodes $(seconds old.wav), exit code $code, $(wc -c <said) bytes of errors"
  echo "  flac $(seconds back16.wav), ffmpeg 7.1 $(seconds new.wav), $(node others.mjs take$bits.flac)"
  rm back.wav
done | tee seen
diff seen - <<'END'
24 bits: ffmpeg says 00:00:05.10, decodes 5 s, exit code 0, 0 bytes of errors
  flac 5 s, ffmpeg 7.1 5 s, audio-decode 5.1 s, music-metadata 5.1 s
32 bits: ffmpeg says 00:00:05.10, decodes 0 s, exit code 0, 0 bytes of errors
  flac 5 s, ffmpeg 7.1 5 s, audio-decode 5.1 s, music-metadata 5.1 s
END
echo 'a good FLAC is 0 seconds of sound'
