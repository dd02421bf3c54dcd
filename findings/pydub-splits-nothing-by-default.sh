#!/usr/bin/env bash
# pydub's `split_on_silence` returns nothing at all for a recording at a normal level: what is quieter than -16 dBFS counts as silence by default, and
# speech is. Whoever cuts the pauses out of recordings that way is left with none, without an error.
# version: python3-pydub 0.24.1 (Debian 12)
# our code: cli/prepare/mend.ts takes for pauses only what is quieter than -50 dB
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
apt-get download -qq 'python3-pydub=0.24.1-*' 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done

cat > split.py <<'END'
from pydub import AudioSegment
from pydub.generators import WhiteNoise
from pydub.silence import split_on_silence

# Three seconds of sound, two seconds of pause, three seconds of sound.
sound = WhiteNoise().to_audio_segment(duration=3000, volume=-18.0)
for gain in 0, 10:
    take = (sound + AudioSegment.silent(duration=2000, frame_rate=44100) + sound).apply_gain(gain)
    for options in {}, {'silence_thresh': -50}:
        parts = split_on_silence(take, **options)
        print(f'at {round(sound.apply_gain(gain).dBFS)} dBFS, {options or "default"}: {[round(len(part) / 1000) for part in parts]} seconds')
END
PYTHONPATH=$dir/usr/lib/python3/dist-packages /usr/bin/python3 -W ignore split.py | tee seen
diff seen - <<'END'
at -23 dBFS, default: [] seconds
at -23 dBFS, {'silence_thresh': -50}: [3, 3] seconds
at -13 dBFS, default: [3, 3] seconds
at -13 dBFS, {'silence_thresh': -50}: [3, 3] seconds
END
