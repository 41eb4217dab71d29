// Notion: members inside `properties`, changes by PATCH, errors with a code.
import { Client } from "@notionhq/client";

const title = (content) => ({ Name: { title: [{ text: { content } }] } });

export default (url) => {
  const { pages } = new Client({ auth: "secret", baseUrl: url });
  const parent = { data_source_id: "d9824bdc-8445-4327-be8b-5b47500af6ce" };
  return {
    create: async (text) => (await pages.create({ parent, properties: title(text) })).id,
    read: async (page_id) => (await pages.retrieve({ page_id })).properties.Name.title[0].text.content,
    update: (page_id, text) => pages.update({ page_id, properties: title(text) }),
    refuse: () => pages.create({ parent: { type: "nobody" }, properties: title("first") }),
  };
};
