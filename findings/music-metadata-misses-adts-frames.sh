#!/usr/bin/env bash
# music-metadata tells the length of an AAC file (ADTS) with digital silence as too short by six percent, although it was asked to read all of it
# (duration: true): it does not count all frames.
# version: music-metadata 12.1.0
# our code: cli/audio/stream-length.ts adds up all frames
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @ffmpeg-installer/linux-x64@4.1.0 music-metadata@12.1.0
PATH=$dir/node_modules/@ffmpeg-installer/linux-x64:$PATH
chmod +x node_modules/@ffmpeg-installer/linux-x64/ffmpeg
cat > length.mjs <<'END'
import { parseFile } from "music-metadata";
const { format } = await parseFile(process.argv[2], { duration: true });
console.log((format.duration ?? 0).toFixed(3));
END

# Noise, and then silence.
ffmpeg -v error -f lavfi -i 'anoisesrc=r=22050:d=10:a=0.3' -af "volume=enable='gt(t,6)':volume=0" one.aac
said=$(node length.mjs one.aac)
real=$(ffmpeg -nostdin -v quiet -i one.aac -f s16le - | wc -c | awk '{ printf "%.3f", $1 / 44100 }')
echo "music-metadata 12.1.0: $said seconds; decoded: $real"
awk "BEGIN { exit !($said < 0.97 * $real || $said > 1.03 * $real) }"
echo "frames of ADTS are not counted"
