#!/usr/bin/env bash
# music-metadata takes what a compressed WAV or AIFC counts for samples: a WAV in ADPCM that was written to a pipe lasts 0.005 seconds, and an AIFC
# in IMA ADPCM, which counts packets of 64 samples, a 64th of its time.
# version: music-metadata 12.1.0
# our code: cli/audio/wav-header.ts reads WAV itself; cli/audio/media.ts tells no length of compressed AIFC
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

ffmpeg -v error -f lavfi -i 'sine=f=300:r=22050:d=10' -c:a adpcm_ms -f wav - > pipe.wav
ffmpeg -v error -f lavfi -i 'sine=f=300:r=22050:d=10' -c:a adpcm_ima_qt one.aifc
for file in pipe.wav one.aifc; do
  said=$(node length.mjs $file)
  echo "music-metadata 12.1.0: $file, which has 10 seconds, has $said"
  awk "BEGIN { exit !($said < 0.2) }"
done
echo "packets are taken for samples"
