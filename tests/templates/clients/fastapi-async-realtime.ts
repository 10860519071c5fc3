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

const events = given(await client.GET("/changes", { parseAs: "stream" }));
if (events === null) throw new Error("there are no events");
const reader = events.getReader();
const first = new TextDecoder().decode((await reader.read()).value);
same(first.startsWith("id: "), true);
const user: components["schemas"]["UserCreate"] = { username: "ada", email: "ada@example.com" };
const ada = given(await client.POST("/users/", { body: user }));
const told = new TextDecoder().decode((await reader.read()).value);
same(told.includes(`{"table": "users", "action": "created", "id": ${ada.id}}`), true);
await reader.cancel();

const path = { table: "users", kind: "csv" } as const;
const lines = given(await client.GET("/exports/{table}.{kind}", { params: { path }, parseAs: "text" }));
same(lines.startsWith("id,version,username,email"), true);
const nothing = await client.GET("/exports/{table}.{kind}", { params: { path: { table: "no", kind: "jsonl" } } });
same(nothing.error?.detail, "Table with id no not found");

same(given(await client.GET("/fibonacci/{n}", { params: { path: { n: 20 } } })), 6765);
same(given(await client.GET("/chat", { parseAs: "text" })).startsWith("<!doctype html>"), true);
