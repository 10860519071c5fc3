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

const cup: components["schemas"]["ItemCreate"] = { name: "Cup", price: 12.5 };
const created = given(await client.POST("/items/", { body: cup }));
const path = { item_id: created.id };
const batch = given(await client.POST("/items/batch", { body: [{ name: "Pen", price: 1 }] }));
const updated = given(await client.PUT("/items/{item_id}", { params: { path }, body: { price: 9.5 } }));
same(updated, { ...created, price: 9.5 });
same(given(await client.GET("/items/{item_id}", { params: { path } })), updated);
same(given(await client.GET("/items/", { params: { query: { offset: 1, limit: 1 } } })), batch);
const ids = { item_ids: `${batch[0].id},${created.id}` };
const some = given(await client.GET("/items/batch/{item_ids}", { params: { path: ids } }));
same(some.map((item) => item.name), ["Pen", "Cup"]);
same((await client.DELETE("/items/{item_id}", { params: { path } })).response.status, 204);
const missing = await client.GET("/items/{item_id}", { params: { path } });
same(missing.error?.detail, `Item with id ${created.id} not found`);
const refused = await client.POST("/items/", { body: { name: "", price: 1 } });
same(refused.response.status, 422);
same(given(await client.GET("/")).message.startsWith("Welcome"), true);
same(given(await client.GET("/live")).status, "ok");
same(given(await client.GET("/health")).status, "ok");
