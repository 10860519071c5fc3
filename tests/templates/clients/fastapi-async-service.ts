import createClient from "openapi-fetch";
import type { components, paths } from "./schema.js";

declare const process: { argv: string[] };

const client = createClient<paths>({ baseUrl: process.argv[2] });

function given<T>(answer: { data?: T; error?: unknown }): T {
  if (answer.data === undefined) throw new Error(JSON.stringify(answer.error));
  return answer.data;
}

function same(found: unknown, expected: unknown): void {
  const [a, b] = [JSON.stringify(found), JSON.stringify(expected)];
  if (a !== b) throw new Error(`${a} is not ${b}`);
}

// Items.

const cup: components["schemas"]["ItemCreate"] = { name: "Cup", price: 12.5 };
const created = given(await client.POST("/items/", { body: cup }));
const pen = given(await client.POST("/items/", { body: { name: "Pen", price: 0.29, tax: 0.1 } }));
same([pen.price, pen.tax], [0.29, 0.1]);
const path = { item_id: created.id };
const updated = given(await client.PUT("/items/{item_id}", { params: { path }, body: { price: 9.5 } }));
same(updated, { ...created, price: 9.5, version: 2 });
const outdated = { path, header: { "if-match": '"1"' } };
const refused = await client.PATCH("/items/{item_id}", { params: outdated, body: { price: 1 } });
same(refused.response.status, 412);
const current = { path, header: { "if-match": '"2"' } };
const patched = given(await client.PATCH("/items/{item_id}", { params: current, body: { name: "Mug" } }));
same(given(await client.GET("/items/{item_id}", { params: { path } })), patched);
const query = { min_price: 0.2, sort: "-price", limit: 1 } as const;
same(given(await client.GET("/items/", { params: { query } })), [patched]);
same((await client.DELETE("/items/{item_id}", { params: { path } })).response.status, 204);
const missing = await client.GET("/items/{item_id}", { params: { path } });
same(missing.error?.detail, `Item with id ${created.id} not found`);
const invalid = await client.POST("/items/", { body: { name: "", price: 1 } });
same(invalid.response.status, 422);

// Users and what they post.

const ada = given(await client.POST("/users/", { body: { username: "ada", email: "ada@example.com" } }));
const of_ada = { path: { user_id: ada.id } };
given(await client.PUT("/users/{user_id}", { params: of_ada, body: { username: "countess" } }));
const user = given(await client.PATCH("/users/{user_id}", { params: of_ada, body: { username: "ada" } }));
same(given(await client.GET("/users/{user_id}", { params: of_ada })), user);
same(given(await client.GET("/users/", { params: { query: { email: user.email } } })), [user]);
const post = given(await client.POST("/users/{user_id}/posts", { params: of_ada, body: { title: "Hello" } }));
same(given(await client.GET("/users/{user_id}/posts", { params: of_ada })), [post]);
const profile = given(await client.GET("/user-profile/{user_id}", { params: of_ada }));
same(profile, { user, posts: [post] });
same(given(await client.GET("/user-profile-concurrent/{user_id}", { params: of_ada })), profile);
same((await client.DELETE("/users/{user_id}", { params: of_ada })).response.status, 204);

// Files and jobs. The types say `string` of what is binary, as OpenAPI does.

const content = "one\ntwo\n";
const notes = new File([content], "notes.txt", { type: "text/plain" });
const file = given(
  await client.POST("/files/", {
    body: { file: notes as unknown as string },
    bodySerializer: (body) => {
      const form = new FormData();
      form.append("file", body.file as unknown as Blob);
      return form;
    },
  }),
);
same([file.name, file.type, file.size], ["notes.txt", "text/plain", content.length]);
const of_file = { path: { file_id: file.id } };
const whole = given(
  await client.GET("/files/{file_id}/content", { params: of_file, parseAs: "blob" }),
);
same(await whole.text(), content);
const two = { ...of_file, header: { range: "bytes=4-6" } };
same(given(await client.GET("/files/{file_id}/content", { params: two, parseAs: "text" })), "two");
const head = await client.HEAD("/files/{file_id}/content", { params: of_file });
same(head.response.headers.get("Content-Length"), `${content.length}`);
same(given(await client.GET("/files/{file_id}", { params: of_file })).id, file.id);
same(given(await client.GET("/files/")).map((each) => each.id), [file.id]);
same(given(await client.GET("/jobs/{job_id}", { params: { path: { job_id: file.job_id } } })).id, file.job_id);
same((await client.DELETE("/files/{file_id}", { params: of_file })).response.status, 204);

// Other services, of which there are none here.

same(given(await client.GET("/external-data/")), { data: {}, errors: {} });
const source = await client.GET("/external-data/{source}", { params: { path: { source: "nowhere" } } });
same(source.response.status, 404);
same(given(await client.POST("/external-data/")).state, "queued");

same(given(await client.GET("/")).message.startsWith("Welcome"), true);
same(given(await client.GET("/health")).status, "ok");
same(given(await client.GET("/live")).status, "ok");
