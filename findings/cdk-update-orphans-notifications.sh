#!/usr/bin/env bash
# If two stacks set notifications on one imported bucket, a change of the first takes the IDs off the second's, by which alone CDK's function finds
# what to remove with a stack: the second can then be deleted, and S3 goes on sending to its queue, which no longer exists.
# version: aws-cdk-lib 2.276.0, Python 3.11.2 (Debian 12); S3 is a dictionary
# our code: `source: UploadSource.EVENT_BRIDGE` in cdk/uploads.ts sets no notification
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
npm install --silent --no-audit --no-fund --ignore-scripts aws-cdk-lib@2.276.0 constructs@10.8.1

cat > app.cjs <<'END'
const { App, Stack } = require('aws-cdk-lib');
const { Bucket, EventType } = require('aws-cdk-lib/aws-s3');
const { SqsDestination } = require('aws-cdk-lib/aws-s3-notifications');
const { Queue } = require('aws-cdk-lib/aws-sqs');
const app = new App({ context: require('aws-cdk-lib/recommended-feature-flags.json') });
const configurations = (id, prefix) => {
  const stack = new Stack(app, id);
  const queue = Queue.fromQueueArn(stack, 'Queue', `arn:aws:sqs:eu-west-1:111122223333:${prefix.slice(0, -1)}`);
  Bucket.fromBucketName(stack, 'Voices', 'voices').addEventNotification(EventType.OBJECT_CREATED, new SqsDestination(queue), { prefix });
  return () => Object.values(app.synth().getStackByName(id).template.Resources).find(({ Type }) => Type === 'Custom::S3BucketNotifications').Properties;
};
const all = [configurations('Alice', 'alice/'), configurations('Alice2', 'alice2/'), configurations('Bob', 'bob/')];
console.log(JSON.stringify(all.map((properties) => properties())));
END
node app.cjs 2>/dev/null >notifications.json

cat > deploy.py <<'END'
import copy, json, logging, sys, types
class S3:
    buckets = {'voices': {}}
    def get_bucket_notification_configuration(self, Bucket):
        return copy.deepcopy(self.buckets[Bucket])
    def put_bucket_notification_configuration(self, Bucket, NotificationConfiguration, SkipDestinationValidation):
        self.buckets[Bucket] = copy.deepcopy(NotificationConfiguration)
        for each in self.buckets[Bucket].get('QueueConfigurations', []):
            each['Id'] = each['Id'] or 'one that S3 makes'
sys.modules['boto3'] = types.SimpleNamespace(client=lambda name: S3())
sys.path.insert(0, 'node_modules/aws-cdk-lib/custom-resource-handlers/dist/aws-s3/notifications-resource-handler')
import index
index.submit_response = lambda event, context, status, reason: print(event['RequestType'], status, reason)
def request(kind, name, properties, old={}):
    # CloudFormation passes all values as strings.
    strings = lambda values: {name: str(value).lower() if isinstance(value, bool) else value for name, value in copy.deepcopy(values).items()}
    event = {'RequestType': kind, 'StackId': f'arn:aws:cloudformation:eu-west-1:111122223333:stack/{name}/1', 'ResourceProperties': strings(properties)}
    index.handler({**event, **({'OldResourceProperties': strings(old)} if old else {})}, None)
    shown = [f"{each['QueueArn'].split(':')[-1]} ({each['Id'].split('/')[1] if '/' in each['Id'] else each['Id']})" for each in S3.buckets['voices'].get('QueueConfigurations', [])]
    print(f'  {kind} of {name}: notifies', ', '.join(shown))
index.submit_response = lambda event, context, status, reason: print(status, end='')
alice, changed, bob = json.load(open('notifications.json'))
request('Create', 'Alice', alice)
request('Create', 'Bob', bob)
request('Update', 'Alice', changed, alice)
request('Delete', 'Bob', bob)
END
/usr/bin/python3 deploy.py | tee seen
diff seen - <<'END'
SUCCESS  Create of Alice: notifies alice (Alice)
SUCCESS  Create of Bob: notifies alice (Alice), bob (Bob)
SUCCESS  Update of Alice: notifies bob (one that S3 makes), alice2 (Alice)
SUCCESS  Delete of Bob: notifies bob (one that S3 makes), alice2 (Alice)
END
