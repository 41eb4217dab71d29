// Cloudflare: a result in an envelope, pages by number.
import Cloudflare from "cloudflare";

const zone_id = "023e105f4ecef8ad9ca31a8372d0c353";
const record = { zone_id, name: "www.example.com", type: "A", content: "192.0.2.1", ttl: 300 };

export default (url) => {
  const { records } = new Cloudflare({ apiToken: "token", baseURL: `${url}/client/v4`, maxRetries: 0 }).dns;
  return {
    create: async (comment) => (await records.create({ ...record, comment })).id,
    read: async (key) => (await records.get(key, { zone_id })).comment,
    update: (key, comment) => records.edit(key, { ...record, comment }),
    async walk(per_page) {
      const keys = [];
      for await (const each of records.list({ zone_id, per_page })) keys.push(each.id);
      return keys;
    },
    delete: (key) => records.delete(key, { zone_id }),
    refuse: () => records.create({ ...record, ttl: 0 }),
  };
};
