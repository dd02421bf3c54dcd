#!/usr/bin/env bash
# A KMS alias passes as a key and leaves the function without it: `Key.fromKeyArn` takes an alias's ARN and grants on that ARN, which IAM never
# matches; a bucket encrypted with `Alias.fromAliasName` grants reading with `success` and not one KMS action.
# version: aws-cdk-lib 2.276.0 (without feature flags)
# our code: cdk/keys.ts grants by the condition kms:ResourceAliases, or refuses the alias
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts aws-cdk-lib@2.276.0 constructs@10.8.1

cat > app.cjs <<'END'
const { App, Stack } = require('aws-cdk-lib');
const { AccountRootPrincipal, Role } = require('aws-cdk-lib/aws-iam');
const { Alias, Key } = require('aws-cdk-lib/aws-kms');
const { Bucket } = require('aws-cdk-lib/aws-s3');
const app = new App();
function statements(id, grant) {
  const stack = new Stack(app, id);
  const { success } = grant(stack, new Role(stack, 'Role', { assumedBy: new AccountRootPrincipal() }));
  const resources = Object.values(stack.node.root.synth({ force: true }).getStackByName(id).template.Resources);
  const policy = resources.find(({ Type }) => Type === 'AWS::IAM::Policy');
  return { success, statements: policy.Properties.PolicyDocument.Statement };
}
const byArn = statements('ByArn', (stack, role) =>
  Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:eu-west-1:111122223333:alias/voices').grantDecrypt(role),
);
console.log(`fromKeyArn: success ${byArn.success}, on ${byArn.statements[0].Resource}`);
const bucket = statements('Encrypted', (stack, role) =>
  new Bucket(stack, 'Bucket', { encryptionKey: Alias.fromAliasName(stack, 'Alias', 'alias/voices') }).grantRead(role),
);
const kms = bucket.statements.flatMap(({ Action }) => Action).filter((action) => action.startsWith('kms:'));
console.log(`bucket with an alias: success ${bucket.success}, KMS actions: ${kms.length}`);
END
node app.cjs 2>/dev/null | tee seen
[ "$(cat seen)" = 'fromKeyArn: success true, on arn:aws:kms:eu-west-1:111122223333:alias/voices
bucket with an alias: success true, KMS actions: 0' ]
