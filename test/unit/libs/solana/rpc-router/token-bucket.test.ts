import { expect, test } from "@jest/globals";
import { TokenBucket } from "../../../../../libs/solana/rpc-router/token-bucket.ts";
import { FakeTime } from "./fake-net.ts";

test("one second's worth at once, and no request more before its time", async () => {
	const time = new FakeTime();
	const bucket = new TokenBucket(4, time);
	expect([bucket.take(), bucket.take(), bucket.take(), bucket.take(), bucket.take()]).toEqual([
		...[true, true, true, true],
		false,
	]);
	expect(bucket.waitMs()).toBe(250);
	await time.pass(249);
	expect(bucket.take()).toBe(false);
	await time.pass(1);
	expect(bucket.take()).toBe(true);
	await time.pass(60_000);
	expect(Array.from({ length: 5 }, () => bucket.take()).filter(Boolean)).toHaveLength(4);
});

test("less than one a second still gives one", async () => {
	const time = new FakeTime();
	const bucket = new TokenBucket(0.5, time);
	expect([bucket.take(), bucket.take(), bucket.waitMs()]).toEqual([true, false, 2_000]);
	await time.pass(2_000);
	expect(bucket.take()).toBe(true);
});

test("forced requests are paid back by those that wait, within bounds", async () => {
	const time = new FakeTime();
	const bucket = new TokenBucket(2, time);
	for (let count = 0; count < 100; count++) bucket.force();
	expect(bucket.waitMs()).toBe(1_500);
	await time.pass(1_500);
	expect(bucket.take()).toBe(true);
});
