#!/usr/bin/env bash
# VLC's conversion (`--sout '#transcode{…}'`) cuts into words, with exit code 0: of an M4A of 16,000 Hz and of an Opus the first 60 to 80 ms are gone, of a Vorbis 20. A mono M4A
# becomes stereo. Of an MP3 it returns all, and ffmpeg of each.
# version: vlc-bin 3.0.24 (Debian 12), ffmpeg of npm's @ffmpeg-installer/linux-x64 4.1.0 (2018)
# our code: cli/audio/edit.ts decodes with ffmpeg
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @ffmpeg-installer/linux-x64@4.1.0
PATH=$dir/node_modules/@ffmpeg-installer/linux-x64:$PATH
chmod +x node_modules/@ffmpeg-installer/linux-x64/ffmpeg
apt-get install --simulate --no-install-recommends 'vlc-bin=3.0.24-*' 'vlc-plugin-base=3.0.24-*' 2>/dev/null | awk '/^Inst/ {print $2}' >packages
apt-get download -qq $(cat packages) 'vlc-bin=3.0.24-*' 'vlc-plugin-base=3.0.24-*' 'libvlc5=3.0.24-*' 'libvlccore9=3.0.24-*' 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done
# VLC refuses to run as root, as which containers run.
sed 's/geteuid/getppid/' usr/bin/vlc >vlc
chmod +x vlc
convert() {
  HOME=$dir VLC_PLUGIN_PATH=$dir/usr/lib/x86_64-linux-gnu/vlc/plugins LD_LIBRARY_PATH=$dir/usr/lib/x86_64-linux-gnu:$dir/usr/lib/x86_64-linux-gnu/vlc:$dir/usr/lib/x86_64-linux-gnu/pulseaudio \
    timeout 60 ./vlc -I dummy --no-video "$1" --sout '#transcode{acodec=s16l}:std{access=file,mux=wav,dst=vlc.wav}' vlc://quit >said 2>&1 </dev/null
}
# A word of a tenth of a second at the beginning, and one at the end: how much of the first is there, in milliseconds, as ffmpeg hears it.
first_word() {
  ffmpeg -v error -i "$1" -ac 1 -ar 8000 -f s16le - | node -e '
    const samples = new Int16Array(new Uint8Array(fs.readFileSync(0)).buffer);
    console.log(10 * Math.round(samples.subarray(0, 8000).filter((sample) => Math.abs(sample) > 200).length / 80));'
}
ffmpeg -v error -f lavfi -i 'anoisesrc=r=16000:a=0.003:s=1' -f lavfi -i 'sine=f=300:r=16000:d=0.1' \
  -filter_complex '[0]atrim=end=7.66[a];[1]volume=12dB,asplit[b][c];[b][a][c]concat=n=3:v=0:a=1' take.wav
for format in m4a ogg opus mp3; do
  case $format in opus) codec=libopus ;; ogg) codec=libvorbis ;; m4a) codec=aac ;; mp3) codec=libmp3lame ;; esac
  ffmpeg -v error -i take.wav -c:a $codec -ac 1 take.$format
  convert take.$format && code=0 || code=$?
  echo "$format: the first word has $(first_word take.$format) ms; of VLC $(first_word vlc.wav) ms, $(ffmpeg -i vlc.wav 2>&1 | sed -n 's/.*Hz, \([a-z]*\).*/\1/p' || true), exit code $code"
done | tee seen
diff seen - <<'END'
m4a: the first word has 110 ms; of VLC 40 ms, stereo, exit code 0
ogg: the first word has 100 ms; of VLC 80 ms, mono, exit code 0
opus: the first word has 100 ms; of VLC 30 ms, mono, exit code 0
mp3: the first word has 110 ms; of VLC 110 ms, mono, exit code 0
END
echo 'the first word is cut'
