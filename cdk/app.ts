import { App } from 'aws-cdk-lib';
import { stackPropsFrom } from './context.ts';
import { VoiceCloneStack } from './voice-clone-stack.ts';

/** The CDK CLI's entry point: one stack, configured by `-c name=value`. */
const app = new App();
new VoiceCloneStack(app, 'CallersVoiceClone', stackPropsFrom(app.node));
