#!/usr/bin/env bash
# GStreamer writes Opus into an MP4 (`opusenc ! mp4mux`) with the bytes of its delay swapped: 312 samples, which a decoder has to drop, become 14,337, so that ffmpeg drops the first 0.3 seconds of a take, and with them
# its first word. GStreamer itself plays all of it, and so do all of the same encoder's Ogg and WebM.
# version: gstreamer1.0-tools 1.22.0, gstreamer1.0-plugins-good 1.22.0 (Debian 12), ffmpeg of npm's @ffmpeg-installer/linux-x64 4.1.0 (2018); Debian's 5.1.9 does the same
# our code: cli/audio/recording.ts takes the length of what was decoded, so that check shows what is left
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts @ffmpeg-installer/linux-x64@4.1.0
PATH=$dir/node_modules/@ffmpeg-installer/linux-x64:$PATH
chmod +x node_modules/@ffmpeg-installer/linux-x64/ffmpeg
apt-get download -qq 'gstreamer1.0-tools=1.22.0-*' 'libgstreamer1.0-0=1.22.0-*' 'gstreamer1.0-plugins-base=1.22.0-*' 'gstreamer1.0-plugins-good=1.22.0-*' 'libgstreamer-plugins-base1.0-0=1.22.0-*' \
  liborc-0.4-0 libglib2.0-0 libopus0 libogg0 libdw1 libelf1 libunwind8 libcap2 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done
mkdir plugins
for plugin in coreelements wavparse audioconvert audioresample opus ogg matroska isomp4; do
  cp usr/lib/x86_64-linux-gnu/gstreamer-1.0/libgst$plugin.so plugins/
done
gst() {
  LD_LIBRARY_PATH=$dir/usr/lib/x86_64-linux-gnu:$dir/lib/x86_64-linux-gnu GST_PLUGIN_SYSTEM_PATH=$dir/plugins GST_REGISTRY=$dir/registry GST_REGISTRY_FORK=no usr/bin/gst-launch-1.0 -q "$@"
}

# A word of a quarter of a second, a second of silence, and a word of a second.
ffmpeg -v error -f lavfi -i 'sine=f=300:r=48000:d=2.25' -af "volume=0:enable='between(t,0.25,1.25)'" take.wav
for format in opus webm m4a; do
  case $format in opus) muxer=oggmux ;; webm) muxer=webmmux ;; m4a) muxer=mp4mux ;; esac
  gst filesrc location=take.wav ! wavparse ! audioconvert ! audioresample ! opusenc ! $muxer ! filesink location=take.$format
done
words() {
  node -e '
    const samples = new Int16Array(new Uint8Array(fs.readFileSync(0)).buffer);
    let words = 0;
    let quiet = Infinity;
    for (const sample of samples) {
      if (Math.abs(sample) < 300) quiet++;
      else {
        if (quiet > 4800) words++;
        quiet = 0;
      }
    }
    console.log(`${(samples.length / 48000).toFixed(2)} seconds, ${words} word(s)`)'
}
{
  for format in opus webm m4a; do echo "$format, ffmpeg: $(ffmpeg -v error -i take.$format -ar 48000 -f s16le - | words)"; done
  gst filesrc location=take.m4a ! qtdemux ! opusdec ! audioconvert ! audio/x-raw,format=S16LE ! filesink location=take.raw
  echo "m4a, GStreamer: $(words <take.raw)"
} | tee seen
diff seen - <<'END'
opus, ffmpeg: 2.25 seconds, 2 word(s)
webm, ffmpeg: 2.25 seconds, 2 word(s)
m4a, ffmpeg: 1.96 seconds, 1 word(s)
m4a, GStreamer: 2.26 seconds, 2 word(s)
END
echo 'the first word is lost'
