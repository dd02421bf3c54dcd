/** How a pipeline is notified of uploads. */
export class UploadSource {
  /** S3 event notifications, which the stack sets on the bucket. */
  static readonly NOTIFICATIONS = new UploadSource('notifications');

  /**
   * S3 events through EventBridge, for a bucket whose notifications are managed elsewhere. An imported bucket
   * is not changed, so it must already send its events to EventBridge (bucket, Properties, Amazon
   * EventBridge: On). For a bucket of the same app, this is enabled.
   */
  static readonly EVENT_BRIDGE = new UploadSource('eventbridge');

  /** The value for `-c source=…`. */
  readonly name: string;

  private constructor(name: string) {
    this.name = name;
  }
}
