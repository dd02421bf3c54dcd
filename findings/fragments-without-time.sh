#!/usr/bin/env bash
# A recording in a fragmented MP4, as browsers' MediaRecorder and ffmpeg write it, has no length for mutagen, ExifTool and node-taglib-sharp: 0 seconds. If its index holds the first fragment, as with
# `-movflags frag_keyframe`, these, music-metadata and mediabunny tell the length of that one, 1 second of 10, without a warning. ffmpeg decodes all of it.
# version: music-metadata 12.1.0, node-taglib-sharp 6.0.3, mediabunny 1.61.0, python3-mutagen 1.46.0, exiftool 12.57 (Debian 12), ffmpeg of npm's @ffmpeg-installer/linux-x64 4.1.0 (2018)
# our code: cli/audio/media.ts takes no length from an index that only begins the recording (isBeginning)
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @ffmpeg-installer/linux-x64@4.1.0 music-metadata@12.1.0 node-taglib-sharp@6.0.3 mediabunny@1.61.0
apt-get download -qq 'python3-mutagen=1.46.0-*' 'libimage-exiftool-perl=12.57+*' 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done
PATH=$dir/node_modules/@ffmpeg-installer/linux-x64:$PATH
chmod +x node_modules/@ffmpeg-installer/linux-x64/ffmpeg

make() { ffmpeg -v error -f lavfi -i 'sine=f=300:r=48000:d=10' -c:a aac "$@"; }
make whole.m4a
make -movflags frag_keyframe+empty_moov -frag_duration 1000000 recorder.m4a
make -movflags frag_keyframe -frag_duration 1000000 first-in-index.m4a
cat > tell.mjs <<'END_OF_SCRIPT'
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { ALL_FORMATS, BufferSource, Input } from 'mediabunny';
import { parseFile } from 'music-metadata';
import taglib from 'node-taglib-sharp';

const run = (program, args, env) => execFileSync(program, args, { encoding: 'utf8', maxBuffer: 1e9, env: { ...process.env, ...env } });
for (const name of ['whole.m4a', 'recorder.m4a', 'first-in-index.m4a']) {
  const { format, quality } = await parseFile(name, { duration: true });
  const file = taglib.File.createFromPath(name);
  const seconds = {
    'music-metadata': format.duration,
    mutagen: run('/usr/bin/python3', ['-c', `import mutagen; print(mutagen.File("${name}").info.length)`], { PYTHONPATH: 'usr/lib/python3/dist-packages' }),
    ExifTool: run('/usr/bin/perl', ['-Iusr/share/perl5', 'usr/bin/exiftool', '-s3', '-n', '-Duration', name]),
    'node-taglib-sharp': file.properties.durationMilliseconds / 1000,
    mediabunny: await new Input({ source: new BufferSource(readFileSync(name)), formats: ALL_FORMATS }).computeDuration(),
    ffmpeg: execFileSync('ffmpeg', ['-v', 'error', '-i', name, '-f', 's16le', '-'], { maxBuffer: 1e9 }).length / 2 / 48_000,
  };
  file.dispose();
  const told = Object.entries(seconds).map(([tool, length]) => `${tool} ${Math.round(length)}`);
  console.log(`${name}: ${told.join(', ')}; ${quality.warnings.length} warnings of music-metadata`);
}
END_OF_SCRIPT
node tell.mjs | tee seen
diff seen - <<'END_OF_SEEN'
whole.m4a: music-metadata 10, mutagen 10, ExifTool 10, node-taglib-sharp 10, mediabunny 10, ffmpeg 10; 0 warnings of music-metadata
recorder.m4a: music-metadata 10, mutagen 0, ExifTool 0, node-taglib-sharp 0, mediabunny 10, ffmpeg 10; 0 warnings of music-metadata
first-in-index.m4a: music-metadata 1, mutagen 1, ExifTool 1, node-taglib-sharp 1, mediabunny 1, ffmpeg 10; 0 warnings of music-metadata
END_OF_SEEN
echo 'fragments do not count'
