// OpenAI: completions and their streams, uploads in parts, pages by `after`.
import OpenAI, { toFile } from "openai";

export default (url) => {
  const openai = new OpenAI({ apiKey: "sk-test", baseURL: `${url}/v1`, maxRetries: 0 });
  const messages = [{ role: "user", content: "안녕하세요" }];
  return {
    create: async (name) => (await openai.vectorStores.create({ name, metadata: { team: "이지스" } })).id,
    read: async (key) => (await openai.vectorStores.retrieve(key)).name,
    update: (key, name) => openai.vectorStores.update(key, { name }),
    async walk(limit) {
      const keys = [];
      for await (const store of openai.vectorStores.list({ limit })) keys.push(store.id);
      return keys;
    },
    delete: (key) => openai.vectorStores.delete(key),
    refuse: () => openai.chat.completions.create({ model: "gpt-5", messages, temperature: 3 }),
    async ask() {
      await openai.embeddings.create({ model: "text-embedding-3-small", input: "안녕" });
      return (await openai.chat.completions.create({ model: "gpt-5", messages })).choices[0].message.role;
    },
    async stream() {
      const pieces = [];
      for await (const piece of await openai.chat.completions.create({ model: "gpt-5", messages, stream: true })) pieces.push(piece.id);
      return pieces;
    },
    async upload() {
      const file = await toFile(Buffer.from('{"a": 1}\n'), "rows.jsonl");
      const made = await openai.files.create({ file, purpose: "fine-tune" });
      return made.filename === "rows.jsonl" ? (await openai.files.retrieve(made.id)).id : null;
    },
  };
};
