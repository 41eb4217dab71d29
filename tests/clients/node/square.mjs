// Square: idempotency and money in the body, items under their name.
import { SquareClient } from "square";

export default (url) => {
  const { customers, payments } = new SquareClient({ baseUrl: url, token: "EAAA", maxRetries: 0 });
  return {
    create: async (givenName) => (await customers.create({ givenName, idempotencyKey: `key-${givenName}` })).customer.id,
    read: async (customerId) => (await customers.get({ customerId })).customer.givenName,
    update: async (customerId, givenName) => void (await customers.update({ customerId, givenName })),
    async walk(limit) {
      const keys = [];
      for await (const each of await customers.list({ limit })) keys.push(each.id);
      return keys;
    },
    delete: async (customerId) => void (await customers.delete({ customerId })),
    refuse: () => payments.create({ sourceId: "", idempotencyKey: "k" }),
    async act() {
      const asked = { sourceId: "cnon:card-nonce-ok", idempotencyKey: "4935a656", amountMoney: { amount: 12500n, currency: "KRW" }, note: "first" };
      const [made, again] = [(await payments.create(asked)).payment, (await payments.create(asked)).payment];
      if (made.id !== again.id) throw new Error("the payment was made twice");
      return (await payments.cancel({ paymentId: made.id })).payment.note;
    },
  };
};
