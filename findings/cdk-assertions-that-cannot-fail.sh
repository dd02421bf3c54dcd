#!/usr/bin/env bash
# Two assertions of CDK that something is absent pass although it is there: `Match.not(Match.arrayWith([{ Action: 's3:DeleteObject' }]))`, because an
# object in `arrayWith` must be equal where one in a plain array may be a part, and `hasNoWarning(path, text)`, because warnings end with `[ack: id]`.
# version: aws-cdk-lib 2.276.0
# our code: none: tests in test/cdk search all statements and messages themselves; whoever tests permissions needs `Match.objectLike`
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts aws-cdk-lib@2.276.0 constructs@10.8.1

cat > app.cjs <<'END'
const { Annotations: Messages, App, Stack } = require('aws-cdk-lib');
const { Annotations, Match, Template } = require('aws-cdk-lib/assertions');
const { AccountRootPrincipal, PolicyStatement, Role } = require('aws-cdk-lib/aws-iam');
const stack = new Stack(new App(), 'Test');
const role = new Role(stack, 'Role', { assumedBy: new AccountRootPrincipal() });
role.addToPolicy(new PolicyStatement({ actions: ['s3:DeleteObject'], resources: ['*'] }));
Messages.of(role).addWarningV2('voices:deletes', 'The role may delete');
const template = Template.fromStack(stack);
const annotations = Annotations.fromStack(stack);
const statement = { Action: 's3:DeleteObject' };
const statements = (Statement) => () => template.hasResourceProperties('AWS::IAM::Policy', { PolicyDocument: { Statement } });
const assertions = {
  'there: [{ Action }]': statements([statement]),
  'not there: arrayWith([{ Action }])': statements(Match.not(Match.arrayWith([statement]))),
  'not there: arrayWith([objectLike({ Action })])': statements(Match.not(Match.arrayWith([Match.objectLike(statement)]))),
  'no warning: text': () => annotations.hasNoWarning('*', 'The role may delete'),
  'no warning: regular expression': () => annotations.hasNoWarning('*', Match.stringLikeRegexp('The role may delete')),
};
for (const [name, assert] of Object.entries(assertions)) {
  try {
    assert();
    console.log(`${name}: passes`);
  } catch {
    console.log(`${name}: fails`);
  }
}
END
node app.cjs 2>/dev/null | tee seen
diff seen - <<'END'
there: [{ Action }]: passes
not there: arrayWith([{ Action }]): passes
not there: arrayWith([objectLike({ Action })]): fails
no warning: text: passes
no warning: regular expression: fails
END
