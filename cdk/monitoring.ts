import type { Duration } from 'aws-cdk-lib';
import type { Alarm, Dashboard } from 'aws-cdk-lib/aws-cloudwatch';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';
import { createAlarms } from './alarms.ts';
import { createDashboard } from './dashboard.ts';
import type { MonitoredParts } from './metrics.ts';
import { createAlarmTopic, letAlarmsPublish } from './topics.ts';
import type { VoiceClonePipelineProps } from './voice-clone-pipeline-props.ts';

/** What watches a pipeline. */
export interface Monitoring {
  readonly alarmTopic: ITopic;
  readonly alarms: Alarm[];
  readonly dashboard: Dashboard | undefined;
}

/** Creates the topic that alarms notify, unless it is passed, and, if wanted, the alarms and the dashboard. */
export function createMonitoring(
  scope: Construct,
  parts: MonitoredParts,
  { completeWithin, encryptionKey }: { completeWithin: Duration; encryptionKey: IKey | undefined },
  props: VoiceClonePipelineProps,
): Monitoring {
  const { alarmTopic = createAlarmTopic(scope, encryptionKey), alarmThresholds: thresholds = {} } = props;
  if (props.alarmTopic) letAlarmsPublish(scope, props.alarmTopic);
  if (props.alarmEmail) alarmTopic.addSubscription(new EmailSubscription(props.alarmEmail));
  return {
    alarmTopic,
    alarms:
      props.alarms === false
        ? []
        : createAlarms(scope, parts, { topic: alarmTopic, completeWithin, thresholds }),
    dashboard: props.dashboard === false ? undefined : createDashboard(scope, parts),
  };
}
