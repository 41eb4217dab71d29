// Twilio: its host cannot be set, so its documented seam is used: an HTTP client that writes another one into the address.
import twilio from "twilio";

const ACCOUNT = "AC" + "0a".repeat(16);

class Led extends twilio.RequestClient {
  constructor(url) {
    super();
    this.url = url;
  }
  request(options) {
    return super.request({ ...options, uri: options.uri.replace("https://api.twilio.com", this.url) });
  }
}

export default (url) => {
  const { messages } = twilio(ACCOUNT, "token", { httpClient: new Led(url) });
  const one = twilio(ACCOUNT, "token", { httpClient: new Led(url) });
  return {
    create: async (body) => (await messages.create({ to: "+821012345678", from: "+15017122661", body })).sid,
    read: async (key) => (await one.messages(key).fetch()).body,
    update: async (key, body) => void (await one.messages(key).update({ body })),
    walk: async (pageSize) => (await messages.list({ pageSize })).map((message) => message.sid),
    delete: (key) => one.messages(key).remove(),
    refuse: () => messages.create({ to: "+821012345678", body: "x", validityPeriod: "long" }),
  };
};
