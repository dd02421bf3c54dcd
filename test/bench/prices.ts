/** A price of AWS. */
export interface Price {
  usd: number;
  /** How many units this price buys. */
  per: number;
  unit: string;
  /** AWS's page with this price. */
  page: string;
}

/**
 * List prices in us-east-1 in USD, first tier, without free tiers, as of November 2026. They were entered without
 * looking at the pages: check a page before you rely on its price. A test keeps docs/deploy.md in step.
 */
export const prices = {
  lambdaDuration: {
    usd: 0.0000133334,
    per: 1,
    unit: 'per GB-s (arm64)',
    page: 'https://aws.amazon.com/lambda/pricing/',
  },
  lambdaRequest: { usd: 0.2, per: 1e6, unit: 'per million', page: 'https://aws.amazon.com/lambda/pricing/' },
  dataOut: { usd: 0.09, per: 1e9, unit: 'per GB', page: 'https://aws.amazon.com/ec2/pricing/on-demand/' },
  s3Put: { usd: 0.005, per: 1000, unit: 'per 1,000', page: 'https://aws.amazon.com/s3/pricing/' },
  s3Get: { usd: 0.0004, per: 1000, unit: 'per 1,000', page: 'https://aws.amazon.com/s3/pricing/' },
  s3Storage: { usd: 0.023, per: 1e9, unit: 'per GB and month', page: 'https://aws.amazon.com/s3/pricing/' },
  sqs: { usd: 0.4, per: 1e6, unit: 'per million', page: 'https://aws.amazon.com/sqs/pricing/' },
  sns: { usd: 0.5, per: 1e6, unit: 'per million', page: 'https://aws.amazon.com/sns/pricing/' },
  secretRead: {
    usd: 0.05,
    per: 10_000,
    unit: 'per 10,000',
    page: 'https://aws.amazon.com/secrets-manager/pricing/',
  },
  kms: { usd: 0.03, per: 10_000, unit: 'per 10,000', page: 'https://aws.amazon.com/kms/pricing/' },
  kmsKey: { usd: 1, per: 1, unit: 'a month', page: 'https://aws.amazon.com/kms/pricing/' },
  logs: { usd: 0.5, per: 1e9, unit: 'per GB', page: 'https://aws.amazon.com/cloudwatch/pricing/' },
  secret: {
    usd: 0.4,
    per: 1,
    unit: 'a month',
    page: 'https://aws.amazon.com/secrets-manager/pricing/',
  },
  alarm: { usd: 0.1, per: 1, unit: 'a month', page: 'https://aws.amazon.com/cloudwatch/pricing/' },
  metric: { usd: 0.3, per: 1, unit: 'a month', page: 'https://aws.amazon.com/cloudwatch/pricing/' },
  dashboard: { usd: 3, per: 1, unit: 'a month', page: 'https://aws.amazon.com/cloudwatch/pricing/' },
} satisfies Record<string, Price>;
