/** The CloudWatch namespace of the function's metrics. Their dimension `service` is the function's name. */
export const METRICS_NAMESPACE = 'CallersVoiceClone';
