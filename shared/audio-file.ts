export { audioMediaType } from './media-types.ts';
export { hasNoSound, isZeros, plainlyNotAudio, SNIFF_BYTES, ZEROS } from './not-audio.ts';
