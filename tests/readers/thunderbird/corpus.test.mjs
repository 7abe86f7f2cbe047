/* The corpus that hopseal verify is held to as well. */
import assert from "node:assert";
import { test } from "node:test";
import { read, readJson, verifyWith } from "./support.mjs";

const folder = process.env.HOPSEAL_CORPUS;
const { keys, rows } = readJson(`${folder}/corpus.json`);
const now = Math.floor(Date.now() / 1000);
/* Only their domains are trusted: the others' keys are left out. */
const pinned = keys.filter((line) => !line.includes(".x.example "));

assert.ok(rows.length > 150);
for (const { file, name, result, reason } of rows)
	test(name, async () => {
		const message = read(`${folder}/${file}`);
		const found = await verifyWith(message, pinned, now);

		assert.deepEqual([found.result, found.reason ?? ""],
		    [result, reason]);
	});
