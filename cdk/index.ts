/** The exports of the package `callers-voice-clone-cdk`. */
export * from './alarm-thresholds.ts';
export * from './server-side-encryption.ts';
export * from './upload-source.ts';
export * from './voice-clone-pipeline-props.ts';
export * from './voice-clone-pipeline.ts';
export * from './voice-clone-stack.ts';
