import { randomUUID } from 'node:crypto';
import type { EpochSeconds } from '../../core/time.ts';
import type { Clock } from '../clock.ts';
import type { PolicyDocument } from '../iam/document.ts';

/** A standard topic as the template describes it. */
export type TopicDefinition = { readonly name: string; readonly arn: string };

/** Who may use topics, beside those whom IAM lets: the resource policy of each of these topics. */
export type TopicPolicyDefinition = { readonly arns: readonly string[]; readonly policy: PolicyDocument };

/** Whom a topic tells; kept as a list, nothing is delivered. */
export type Subscription = {
  readonly topicArn: string;
  readonly protocol: 'https' | 'email';
  readonly endpoint: string;
};

/** A message that was published to a topic. */
export type Notification = {
  /** Name of the topic. */
  readonly topic: string;
  readonly subject: string | undefined;
  readonly message: string;
  readonly at: EpochSeconds;
  /** Values of the message attributes by name. */
  readonly attributes: Readonly<Record<string, string>>;
};

/** A topic and its resource policy. */
export type Topic = TopicDefinition & { readonly policy: PolicyDocument | undefined };

/** What a template says of topics. */
export type TopicsModel = {
  readonly topics: readonly TopicDefinition[];
  readonly topicPolicies: readonly TopicPolicyDefinition[];
  readonly subscriptions: readonly Subscription[];
};

/** The topics of the account. */
export class Topics {
  readonly #clock: Clock;
  readonly #listeners = new Set<(notification: Notification) => void>();
  #topics: ReadonlyMap<string, Topic> = new Map();
  #subscriptions: readonly Subscription[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Takes the topics of a template, which are then the only ones; throws where they do not fit together. */
  deploy({ topics, topicPolicies, subscriptions }: TopicsModel): void {
    const known = new Set(topics.map(({ arn }) => arn));
    for (const arn of [...topicPolicies.flatMap(({ arns }) => arns), ...subscriptions.map((s) => s.topicArn)])
      if (!known.has(arn)) throw new Error(`there is no topic ${arn}`);
    const withPolicy = topics.map((topic) => {
      const [first, ...others] = topicPolicies.filter(({ arns }) => arns.includes(topic.arn));
      if (others.length > 0) throw new Error(`${topic.name} has several policies, and only one would hold`);
      return [topic.arn, { ...topic, policy: first?.policy }] as const;
    });
    this.#topics = new Map(withPolicy);
    this.#subscriptions = subscriptions;
  }

  get(arn: string): Topic | undefined {
    return this.#topics.get(arn);
  }

  all(): Topic[] {
    return [...this.#topics.values()];
  }

  /** Whom a topic would tell. */
  subscriptions(arn: string): Subscription[] {
    return this.#subscriptions.filter(({ topicArn }) => topicArn === arn);
  }

  /** Publishes; answers the id of the message. */
  publish({ name }: Topic, message: Omit<Notification, 'topic' | 'at'>): string {
    const notification = { topic: name, ...message, at: this.#clock.now() };
    for (const listener of this.#listeners) listener(notification);
    return randomUUID();
  }

  /** Tells the listener of each message that is published; answers how to stop it. */
  onNotification(listener: (notification: Notification) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
