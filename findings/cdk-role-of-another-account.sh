#!/usr/bin/env bash
# In a stack without `env`, a grant to an imported role of another account also makes an inline policy for a role of that name in the stack's own
# account: the deployment fails, or gives the rights to a namesake. With `env`, only the bucket's policy grants.
# version: aws-cdk-lib 2.276.0
# our code: cdk/README.md grants to an account; test/cdk/grants.test.ts grants to such a role in a stack with env
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts aws-cdk-lib@2.276.0 constructs@10.8.1

cat > app.cjs <<'END'
const { App, Stack } = require('aws-cdk-lib');
const { Role } = require('aws-cdk-lib/aws-iam');
const { Bucket } = require('aws-cdk-lib/aws-s3');
for (const env of [undefined, { account: '111122223333', region: 'eu-west-1' }]) {
  const app = new App();
  const stack = new Stack(app, 'Test', { ...(env && { env }) });
  const role = Role.fromRoleArn(stack, 'Studio', 'arn:aws:iam::444455556666:role/studio');
  new Bucket(stack, 'Recordings').grantRead(role);
  const resources = Object.values(app.synth().getStackByName('Test').template.Resources);
  const roles = resources.filter(({ Type }) => Type === 'AWS::IAM::Policy').flatMap(({ Properties }) => Properties.Roles);
  console.log(`${env ? 'with' : 'without'} env: inline policies for ${JSON.stringify(roles)}`);
}
END
node app.cjs 2>/dev/null | tee seen
[ "$(cat seen)" = 'without env: inline policies for ["studio"]
with env: inline policies for []' ]
