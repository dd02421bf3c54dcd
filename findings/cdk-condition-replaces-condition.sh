#!/usr/bin/env bash
# A condition of a `PolicyStatement` silently replaces the one that its principal brings (`withConditions`), if both have the same operator and key: a
# statement for roles named studio-* that must also end with -eu lets in every role that ends with -eu.
# version: aws-cdk-lib 2.276.0 (with the feature flags that it recommends)
# our code: cdk/grants.ts joins both
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts aws-cdk-lib@2.276.0 constructs@10.8.1

cat > app.cjs <<'END'
const { App, Stack } = require('aws-cdk-lib');
const { Annotations, Match } = require('aws-cdk-lib/assertions');
const { AccountPrincipal, PolicyStatement } = require('aws-cdk-lib/aws-iam');
const { Bucket } = require('aws-cdk-lib/aws-s3');
const app = new App({ context: require('aws-cdk-lib/recommended-feature-flags.json') });
const stack = new Stack(app, 'Test');
const bucket = new Bucket(stack, 'Recordings');
const named = (pattern) => ({ 'aws:PrincipalArn': `arn:aws:iam::444455556666:role/${pattern}` });
const studios = new AccountPrincipal('444455556666').withConditions({ ArnLike: named('studio-*') });
const statement = (conditions) =>
  new PolicyStatement({ actions: ['s3:PutObject'], principals: [studios], resources: [bucket.arnForObjects('*')], conditions });
bucket.addToResourcePolicy(statement({ ArnLike: named('*-eu') }));
bucket.addToResourcePolicy(statement({ StringLike: named('*-eu') }));
const { Resources } = app.synth().getStackByName('Test').template;
const { Statement } = Object.values(Resources).find(({ Type }) => Type === 'AWS::S3::BucketPolicy').Properties.PolicyDocument;
for (const { Condition } of Statement) {
  const patterns = Object.entries(Condition).map(([operator, value]) => `${operator} ${value['aws:PrincipalArn'].split('/')[1]}`);
  console.log(patterns.join(' and '));
}
const told = ['findWarning', 'findError'].flatMap((find) => Annotations.fromStack(stack)[find]('*', Match.anyValue()));
console.log(`${told.length} warnings`);
END
echo 'aws-cdk-lib 2.276.0:'
node app.cjs 2>/dev/null | tee seen
diff seen - <<'END'
ArnLike *-eu
ArnLike studio-* and StringLike *-eu
0 warnings
END
