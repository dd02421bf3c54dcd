import { App } from 'aws-cdk-lib';
import { stackPropsFrom } from './context.ts';
import { VoiceCloneStack } from './voice-clone-stack.ts';

/** What the CDK CLI runs: one stack, made to measure by `-c name=value`. */
const app = new App();
new VoiceCloneStack(app, 'CallersVoiceClone', stackPropsFrom(app.node));
