// Slack: forms, and answers that say whether they are ok.
import { WebClient } from "@slack/web-api";

export default (url) => {
  const slack = new WebClient("xoxb-token", { slackApiUrl: `${url}/api/`, retryConfig: { retries: 0 } });
  const channel = "C123ABC456";
  return {
    async ask() {
      if (!(await slack.auth.test()).ok) throw new Error("not ok");
      return (await slack.chat.postMessage({ channel, text: "안녕하세요" })).ts;
    },
    refuse: () => slack.chat.postMessage({ channel, text: "first", mrkdwn: "perhaps" }),
  };
};
