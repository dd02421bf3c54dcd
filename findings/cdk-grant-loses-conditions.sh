#!/usr/bin/env bash
# CDK's grants lose the conditions around a role (`new PrincipalWithConditions(role, …)`): "may read from these addresses" becomes
# "may read", without a warning and with `success`. Around an account, the same conditions are in the bucket's policy.
# version: aws-cdk-lib 2.276.0 (with the feature flags that it recommends)
# our code: cdk/grants.ts adds them to the role's statements
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts aws-cdk-lib@2.276.0 constructs@10.8.1

cat > app.cjs <<'END'
const { App, Stack } = require('aws-cdk-lib');
const { Annotations, Match } = require('aws-cdk-lib/assertions');
const { AccountPrincipal, PrincipalWithConditions, Role } = require('aws-cdk-lib/aws-iam');
const { Bucket } = require('aws-cdk-lib/aws-s3');
const app = new App({ context: require('aws-cdk-lib/recommended-feature-flags.json') });
const stack = new Stack(app, 'Test');
const bucket = new Bucket(stack, 'Recordings');
const account = new AccountPrincipal('444455556666');
const studio = new Role(stack, 'Studio', { assumedBy: account });
const conditions = { IpAddress: { 'aws:SourceIp': '192.0.2.0/24' } };
for (const principal of [studio, account]) bucket.grantRead(new PrincipalWithConditions(principal, conditions)).assertSuccess();
const { Resources } = app.synth().getStackByName('Test').template;
for (const [of, type] of [['role', 'AWS::IAM::Policy'], ['account', 'AWS::S3::BucketPolicy']]) {
  const { PolicyDocument } = Object.values(Resources).find(({ Type }) => Type === type).Properties;
  for (const { Action, Condition } of PolicyDocument.Statement) console.log(`${of}: ${Action} on condition ${JSON.stringify(Condition)}`);
}
const told = ['findWarning', 'findError'].flatMap((find) => Annotations.fromStack(stack)[find]('*', Match.anyValue()));
console.log(`${told.length} warnings`);
END
echo 'aws-cdk-lib 2.276.0:'
node app.cjs 2>/dev/null | tee seen
diff seen - <<'END'
role: s3:GetBucket*,s3:GetObject*,s3:List* on condition undefined
account: s3:GetBucket*,s3:GetObject*,s3:List* on condition {"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}}
0 warnings
END
