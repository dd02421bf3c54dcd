#!/usr/bin/env bash
# In aws-cdk-lib 2.260, `Validations.acknowledge` throws for the very IDs that cdk-nag 3 gives its findings, because an ARN in them has `::`; in
# 2.250 the class does not exist. A construct that acknowledges its findings cannot be synthesized there.
# version: aws-cdk-lib 2.260.0 and 2.250.0 (2.271.0 accepts the IDs)
# our code: cdk/acknowledgements.ts leaves them out there
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
for version in 2.250.0 2.260.0 2.271.0; do
  mkdir "$version"
  npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$version" "aws-cdk-lib@$version" constructs@10.8.1
done

cat > acknowledge.cjs <<'END'
const { App, Stack, Validations } = require(`./${process.argv[2]}/node_modules/aws-cdk-lib`);
const id = 'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]';
try {
  Validations.of(new Stack(new App(), 'Test')).acknowledge({ id, reason: 'Written by CDK' });
  console.log('accepted');
} catch (error) {
  console.log(error.message.includes("'::' delimiter is reserved") ? 'the delimiter :: is reserved' : error.message);
}
END
for version in 2.250.0 2.260.0 2.271.0; do
  echo "aws-cdk-lib $version: $(node acknowledge.cjs "$version" 2>/dev/null)"
done | tee seen
[ "$(cat seen)" = "aws-cdk-lib 2.250.0: Cannot read properties of undefined (reading 'of')
aws-cdk-lib 2.260.0: the delimiter :: is reserved
aws-cdk-lib 2.271.0: accepted" ]
