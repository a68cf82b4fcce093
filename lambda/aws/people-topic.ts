import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns';
import type { Notifier } from '../../core/use-cases/timer.ts';

/** Messages to people by way of an SNS topic, to which they subscribe as they like. */
export function peopleTopic(sns: SNSClient, TopicArn: string): Notifier {
  return {
    async send({ subject, message }) {
      await sns.send(new PublishCommand({ TopicArn, Subject: subject, Message: message }));
    },
  };
}
