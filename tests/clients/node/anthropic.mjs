// Anthropic: a key in a header of its own, named events, batches that are cancelled.
import Anthropic from "@anthropic-ai/sdk";

export default (url) => {
  const { messages } = new Anthropic({ apiKey: "sk-ant-test", baseURL: url, maxRetries: 0 });
  const asked = { model: "claude-sonnet-4-5", max_tokens: 64, messages: [{ role: "user", content: "Hi" }] };
  const first = (found, key) => (found.id === key ? "first" : found.id);
  return {
    create: async () => (await messages.batches.create({ requests: [{ custom_id: "one", params: asked }] })).id,
    read: async (key) => first(await messages.batches.retrieve(key), key),
    act: async (key) => first(await messages.batches.cancel(key), key),
    async walk(limit) {
      const keys = [];
      for await (const batch of messages.batches.list({ limit })) keys.push(batch.id);
      return keys;
    },
    delete: (key) => messages.batches.delete(key),
    refuse: () => messages.create({ ...asked, max_tokens: 0 }),
    ask: async () => (await messages.create(asked)).role,
    async stream() {
      const types = [];
      for await (const event of await messages.create({ ...asked, stream: true })) types.push(event.type);
      return types;
    },
  };
};
