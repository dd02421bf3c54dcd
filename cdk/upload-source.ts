/** How a pipeline learns of uploads. */
export class UploadSource {
  /** S3's notifications, which the stack sets on the bucket. */
  static readonly NOTIFICATIONS = new UploadSource('notifications');

  /**
   * S3's events in EventBridge, for a bucket whose notifications belong to somebody else: nothing is set on it. It must
   * send its events to EventBridge (bucket, Properties, Amazon EventBridge: On); one of the same app is made to.
   */
  static readonly EVENT_BRIDGE = new UploadSource('eventbridge');

  /** As it is written on the command line. */
  readonly name: string;

  private constructor(name: string) {
    this.name = name;
  }
}
