import type { Benchmark } from './benchmark.ts';
import { builds } from './builds.ts';
import { check } from './check.ts';
import { dropToVoice } from './drop-to-voice.ts';
import { firstVoice } from './first-voice.ts';
import { large } from './large.ts';
import { latency } from './latency.ts';
import { many } from './many.ts';
import { n8n } from './n8n.ts';
import { requests } from './requests.ts';
import { scale } from './scale.ts';
import { slowApi } from './slow-api.ts';
import { smallMemory } from './small-memory.ts';
import { startUp } from './start-up.ts';
import { status } from './status.ts';
import { tools, toolsOfFolders } from './tools.ts';
import { upload } from './upload.ts';

/** All benchmarks, in the order in which they run. */
export const benchmarks: Benchmark[] = [
  startUp,
  requests,
  dropToVoice,
  upload,
  builds,
  latency,
  slowApi,
  smallMemory,
  tools,
  toolsOfFolders,
  check,
  status,
  scale,
  many,
  large,
  firstVoice,
  n8n,
];
