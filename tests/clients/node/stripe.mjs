// Stripe: forms with brackets, updates by POST, pages by the id of the last item.
import Stripe from "stripe";

export default (url) => {
  const { hostname, port } = new URL(url);
  const stripe = new Stripe("sk_test_4eC39HqLyjWDarjtT1zdp7dc", { host: hostname, port, protocol: "http", maxNetworkRetries: 0, telemetry: false });
  return {
    async create(name) {
      const made = await stripe.customers.create({ name, email: "jenny@example.com", metadata: { order_id: "6735" }, preferred_locales: ["ko", "en"] });
      if (made.metadata.order_id !== "6735") throw new Error("the metadata is lost");
      return made.id;
    },
    read: async (key) => (await stripe.customers.retrieve(key)).name,
    update: (key, name) => stripe.customers.update(key, { name }),
    async walk(limit) {
      const keys = [];
      for await (const customer of stripe.customers.list({ limit })) keys.push(customer.id);
      return keys;
    },
    delete: (key) => stripe.customers.del(key),
    refuse: () => stripe.paymentIntents.create({ amount: "much", currency: "krw" }),
    async act() {
      const made = await stripe.paymentIntents.create({ amount: 2000, currency: "krw", description: "first" });
      const canceled = await stripe.paymentIntents.cancel(made.id);
      return canceled.id === made.id && canceled.status === "canceled" ? canceled.description : canceled.status;
    },
  };
};
