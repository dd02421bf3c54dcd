/** Where the function's metrics are found in CloudWatch, under the dimension `service`, which is its name. */
export const METRICS_NAMESPACE = 'CallersVoiceClone';
