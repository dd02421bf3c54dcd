#!/usr/bin/env bash
# `bucket.grantRead(role, 'alice/*')` also grants to list the whole bucket, so the names of everybody's folders, and to read its policy; `grantPut` also grants
# to lock objects for years (s3:PutObjectRetention), but not the ACL header that some tools send. Only GetObject and PutObject end at the prefix.
# version: aws-cdk-lib 2.276.0 (with the feature flags that it recommends)
# our code: cdk/grants.ts and cdk/permissions.ts write their statements by hand, listing with a condition on the prefix
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts aws-cdk-lib@2.276.0 constructs@10.8.1

cat > app.cjs <<'END'
const { App, Stack } = require('aws-cdk-lib');
const { AccountPrincipal, Role } = require('aws-cdk-lib/aws-iam');
const { Bucket } = require('aws-cdk-lib/aws-s3');
const context = require('./node_modules/aws-cdk-lib/recommended-feature-flags.json');
const matches = (action) => (pattern) => new RegExp(`^${pattern.replace('*', '.*')}$`).test(action);
for (const grant of ['grantRead', 'grantPut']) {
  const app = new App({ context });
  const stack = new Stack(app, 'Test');
  const role = new Role(stack, 'Studio', { assumedBy: new AccountPrincipal('111122223333') });
  Bucket.fromBucketName(stack, 'Voices', 'voices')[grant](role, 'alice/*');
  const { Resources } = app.synth().getStackByName('Test').template;
  const { Statement } = Object.values(Resources).find(({ Type }) => Type === 'AWS::IAM::Policy').Properties.PolicyDocument;
  const [{ Action, Resource, Condition }] = Statement;
  const resources = [Resource].flat().map((arn) => JSON.stringify(arn).replace(/.*:s3:::([^"]*)".*/, '$1'));
  console.log(`${grant}: on ${resources.join(' and ')}, condition ${Condition ?? 'none'}`);
  const asked = ['s3:ListBucket', 's3:GetBucketPolicy', 's3:PutObjectRetention', 's3:PutObjectLegalHold', 's3:PutObjectAcl'];
  for (const action of asked) console.log(`  ${action}: ${[Action].flat().some(matches(action)) ? 'yes' : 'no'}`);
}
END
node app.cjs 2>/dev/null | tee seen
diff seen - <<'END'
grantRead: on voices and voices/alice/*, condition none
  s3:ListBucket: yes
  s3:GetBucketPolicy: yes
  s3:PutObjectRetention: no
  s3:PutObjectLegalHold: no
  s3:PutObjectAcl: no
grantPut: on voices/alice/*, condition none
  s3:ListBucket: no
  s3:GetBucketPolicy: no
  s3:PutObjectRetention: yes
  s3:PutObjectLegalHold: yes
  s3:PutObjectAcl: no
END
