import { expect, test } from "@jest/globals";
import { encodeBase58 } from "../../../../../core/types/base58.ts";
import { KeyTexts } from "../../../../../services/localnet/chain/key-texts.ts";

test("a remembered text is that of its key, before and after all are forgotten", () => {
	const texts = new KeyTexts(2);
	const keys = [0, 1, 0, 2, 3, 0].map((first) => Buffer.alloc(32, first).fill(255, 1, 2));
	for (const key of keys) expect(texts.of(key.toString("latin1"))).toBe(encodeBase58(key));
});
