import { expect, test } from "@jest/globals";
import { isIntentId } from "../../../../core/types/identifiers.ts";
import { seededRandom } from "../../../../libs/random.ts";
import { IntentIds } from "../../../../services/strategy/intent-ids.ts";

test("ids are distinct, well-formed, and count up behind one random part", () => {
	const ids = new IntentIds(seededRandom(1));
	const made = Array.from({ length: 2_000 }, () => ids.next());
	expect(made.every(isIntentId)).toBe(true);
	expect(new Set(made).size).toBe(2_000);
	expect(new Set(made.map((id) => id.slice(0, 8))).size).toBe(1);
	expect(made[37]?.slice(8)).toBe("00000011");
});

test("two lives share no id", () => {
	expect(new IntentIds(seededRandom(1)).next()).not.toBe(new IntentIds(seededRandom(2)).next());
});

test("numbers that would favour some letters are drawn again", () => {
	const drawn = [0xffff_ffff, 35, ...Array<number>(7).fill(0)];
	const ids = new IntentIds({ nextUint32: () => drawn.shift() as number });
	expect(ids.next()).toBe("z000000000000000");
	expect(drawn).toEqual([]);
});
