// GitHub through Octokit: pages by `Link`.
import { Octokit } from "@octokit/rest";

export default (url) => {
  const octokit = new Octokit({ auth: "ghp_test", baseUrl: url, log: { debug() {}, info() {}, warn() {}, error() {} } });
  const place = { owner: "octocat", repo: "Hello-World" };
  return {
    create: async (title) => (await octokit.rest.issues.create({ ...place, title, body: "내용", labels: ["bug"] })).data.number,
    read: async (issue_number) => (await octokit.rest.issues.get({ ...place, issue_number })).data.title,
    update: async (issue_number, title) => void (await octokit.rest.issues.update({ ...place, issue_number, title })),
    walk: async (per_page) => (await octokit.paginate(octokit.rest.issues.listForRepo, { ...place, per_page })).map((issue) => issue.number),
    refuse: async () => {
      const { data } = await octokit.rest.issues.create({ ...place, title: "x" });
      await octokit.rest.issues.update({ ...place, issue_number: data.number, state: "ajar" });
    },
    ask: async () => (await octokit.rest.users.getAuthenticated()).data.login,
  };
};
